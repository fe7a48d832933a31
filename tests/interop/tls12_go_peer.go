// A peer made of Go's crypto/tls, which speaks TLS 1.2 at most.
//
//	tls12_go_peer server [no-tickets]   writes "port N", then sends lines back; a line for each connection
//	tls12_go_peer client PORT COUNT     connects so often; a line for each connection
//
// It runs in a folder with cert.pem, key.pem and ca.pem.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
)

func main() {
	if os.Args[1] == "server" {
		serve(len(os.Args) > 2)
		return
	}
	count, err := strconv.Atoi(os.Args[3])
	check(err)
	visit("127.0.0.1:"+os.Args[2], count)
}

func serve(withoutTickets bool) {
	certificate, err := tls.LoadX509KeyPair("cert.pem", "key.pem")
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	config := &tls.Config{
		Certificates:           []tls.Certificate{certificate},
		MaxVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: withoutTickets,
	}
	for {
		conn, err := listener.Accept()
		check(err)
		go answer(tls.Server(conn, config))
	}
}

func answer(conn *tls.Conn) {
	defer conn.Close()
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			fmt.Println("end", err)
			return
		}
		report(conn)
		conn.Write([]byte(line))
	}
}

func visit(address string, count int) {
	pem, err := os.ReadFile("ca.pem")
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{
		RootCAs:            roots,
		ServerName:         "localhost",
		MaxVersion:         tls.VersionTLS12,
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	for i := 0; i < count; i++ {
		conn, err := tls.Dial("tcp", address, config)
		check(err)
		conn.Write([]byte("ductile\n"))
		line, err := bufio.NewReader(conn).ReadString('\n')
		check(err)
		fmt.Print(line)
		report(conn)
		conn.Close()
	}
}

func report(conn *tls.Conn) {
	state := conn.ConnectionState()
	fmt.Printf("version %#x resumed %v\n", state.Version, state.DidResume)
}

func check(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
