// Go's net/http, as a contestant of `deno task bench`.
//
// `ductile-bench-peers net/http PROTOCOL CA_FILE ORIGIN [CERT_FILE KEY_FILE]` reads a piece of work from each line of standard input, does
// it, and answers with a line of its own: nanoseconds that it took, and nanoseconds of CPU. It ends with its standard
// input. A wrong answer of the server ends it with a message.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 5 && len(os.Args) != 7 {
		log.Fatal("usage: ductile-bench-peers net/http PROTOCOL CA_FILE ORIGIN [CERT_FILE KEY_FILE]")
	}
	ca, err := os.ReadFile(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		log.Fatal("cannot read the authority's certificate")
	}
	peer := peer{roots: roots, isHTTP2: os.Args[2] == "h2", origin: os.Args[4]}
	if len(os.Args) == 7 {
		certificate, err := tls.LoadX509KeyPair(os.Args[5], os.Args[6])
		if err != nil {
			log.Fatal(err)
		}
		peer.certificates = []tls.Certificate{certificate}
	}
	client := peer.open()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		started, cpu := time.Now(), cpuNanos()
		if err := peer.work(client, strings.Split(lines.Text(), " ")); err != nil {
			log.Fatal(err)
		}
		fmt.Println(time.Since(started).Nanoseconds(), cpuNanos()-cpu)
	}
}

type peer struct {
	roots        *x509.CertPool
	certificates []tls.Certificate
	isHTTP2      bool
	origin       string
}

// open makes a client with no connection, and with no compression, as the others ask for none.
func (p peer) open() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!p.isHTTP2)
	protocols.SetHTTP2(p.isHTTP2)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: p.roots, Certificates: p.certificates},
		Protocols:           protocols,
		MaxIdleConnsPerHost: 1000,
		DisableCompression:  true,
	}}
}

// work does what a line says: `small WIDTH COUNT PATH LENGTH`, `fresh COUNT PATH LENGTH`, `download PATH LENGTH`.
func (p peer) work(client *http.Client, words []string) error {
	numbers := make([]int64, len(words))
	for i, word := range words {
		numbers[i], _ = strconv.ParseInt(word, 10, 64) // those that are no numbers are not asked for
	}
	switch {
	case words[0] == "small" && len(words) == 5:
		return atOnce(client, p.origin+words[3], int(numbers[1]), int(numbers[2]), numbers[4])
	case words[0] == "fresh" && len(words) == 4:
		for i := int64(0); i < numbers[1]; i++ {
			fresh := p.open()
			if err := get(fresh, p.origin+words[2], numbers[3]); err != nil {
				return err
			}
			fresh.CloseIdleConnections()
		}
		return nil
	case words[0] == "download" && len(words) == 3:
		return get(client, p.origin+words[1], numbers[2])
	}
	return errors.New("no such work")
}

// atOnce sends count requests, width of them at once.
func atOnce(client *http.Client, url string, width, count int, length int64) error {
	places := make(chan struct{}, count)
	for range count {
		places <- struct{}{}
	}
	close(places)
	var all sync.WaitGroup
	failures := make(chan error, width)
	for range width {
		all.Add(1)
		go func() {
			defer all.Done()
			for range places {
				if err := get(client, url, length); err != nil {
					failures <- err
					return
				}
			}
		}()
	}
	all.Wait()
	close(failures)
	return <-failures
}

func get(client *http.Client, url string, length int64) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New("the status is " + response.Status)
	}
	count, err := io.Copy(io.Discard, response.Body)
	if err == nil && count != length {
		err = fmt.Errorf("%d bytes, not %d", count, length)
	}
	return err
}

// cpuNanos is the CPU time of the process, of user and system.
func cpuNanos() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
