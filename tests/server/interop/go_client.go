// A client made of Go's net/http, with a certificate: `go_client 1|2`, the version of HTTP.
//
// It gets /facts and /pieces of the origin in ORIGIN and posts to /length, and writes a line for each.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	certificate, err := tls.LoadX509KeyPair("cert.pem", "key.pem")
	check(err)
	pem, err := os.ReadFile("ca.pem")
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(os.Args[1] == "1")
	protocols.SetHTTP2(os.Args[1] == "2")
	protocols.SetUnencryptedHTTP2(os.Args[1] == "2")
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}},
		Protocols:       protocols,
	}}
	origin := os.Getenv("ORIGIN")
	report(client.Get(origin + "/facts"))
	report(client.Get(origin + "/pieces"))
	report(client.Post(origin+"/length", "text/plain", strings.NewReader(strings.Repeat("x", 300000))))
}

func report(response *http.Response, err error) {
	check(err)
	content, err := io.ReadAll(response.Body)
	check(err)
	response.Body.Close()
	fmt.Println(string(content))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
