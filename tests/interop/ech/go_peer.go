// A peer for the tests of Encrypted ClientHello, by the TLS and the HPKE of Go's standard library.
//
//	go run go_peer.go server ADDRESS CERT KEY KEM [retry]   listens, and prints its ECHConfigList in hex
//	go run go_peer.go client ADDRESS ROOTS NAME LIST        connects, and prints what became of it
//	go run go_peer.go seal KEM KDF AEAD PUBLIC INFO AAD TEXT     prints the encapsulated key and the ciphertext
package main

import (
	"crypto/hpke"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
)

const publicName = "public.example"

func main() {
	switch os.Args[1] {
	case "server":
		serve(os.Args[2:])
	case "client":
		connect(os.Args[2:])
	case "seal":
		seal(os.Args[2:])
	}
}

// serve echoes one read of each connection, behind a line that says how it went. With "retry" the groups that clients
// begin with are not enabled.
func serve(args []string) {
	certificate := must(tls.LoadX509KeyPair(args[1], args[2]))
	kem := must(hpke.NewKEM(number(args[3])))
	key := must(kem.GenerateKey())
	config := echConfig(number(args[3]), key.PublicKey().Bytes())
	settings := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		NextProtos:   []string{"echo"},
		EncryptedClientHelloKeys: []tls.EncryptedClientHelloKey{
			{Config: config, PrivateKey: must(key.Bytes()), SendAsRetry: true},
		},
	}
	if len(args) > 4 {
		settings.CurvePreferences = []tls.CurveID{tls.CurveP521}
	}
	listener := must(tls.Listen("tcp", args[0], settings))
	fmt.Println(listener.Addr().String(), hex.EncodeToString(listOf(config)))
	for {
		connection := must(listener.Accept()).(*tls.Conn)
		go func() {
			defer connection.Close()
			if err := connection.Handshake(); err != nil {
				return
			}
			state := connection.ConnectionState()
			fmt.Fprintf(connection, "accepted %t, name %s, resumed %t\n", state.ECHAccepted, state.ServerName, state.DidResume)
			buffer := make([]byte, 1024)
			if count, err := connection.Read(buffer); err == nil {
				connection.Write(buffer[:count])
			}
		}()
	}
}

// connect shakes hands twice, the second time with the session of the first.
func connect(args []string) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(args[1])))
	settings := &tls.Config{
		RootCAs:                        pool,
		ServerName:                     args[2],
		EncryptedClientHelloConfigList: must(hex.DecodeString(args[3])),
		ClientSessionCache:             tls.NewLRUClientSessionCache(1),
	}
	for range 2 {
		connection, err := tls.Dial("tcp", args[0], settings)
		var rejection *tls.ECHRejectionError
		if errors.As(err, &rejection) {
			fmt.Println("rejected", hex.EncodeToString(rejection.RetryConfigList))
			return
		} else if err != nil {
			fmt.Println("failed", err)
			return
		}
		buffer := make([]byte, 1024)
		count := must(connection.Read(buffer))
		state := connection.ConnectionState()
		fmt.Printf("accepted %t, resumed %t: %s\n", state.ECHAccepted, state.DidResume, buffer[:count])
		connection.Close()
	}
}

func seal(args []string) {
	kem := must(hpke.NewKEM(number(args[0])))
	public := must(kem.NewPublicKey(must(hex.DecodeString(args[3]))))
	kdf, aead := must(hpke.NewKDF(number(args[1]))), must(hpke.NewAEAD(number(args[2])))
	enc, sender, err := hpke.NewSender(public, kdf, aead, []byte(args[4]))
	check(err)
	first := must(sender.Seal([]byte(args[5]), []byte(args[6])))
	second := must(sender.Seal([]byte(args[5]), []byte(args[6])))
	fmt.Println(hex.EncodeToString(enc), hex.EncodeToString(first), hex.EncodeToString(second))
}

// echConfig makes an ECHConfig with all of the suites.
func echConfig(kem uint16, public []byte) []byte {
	contents := append([]byte{7, byte(kem >> 8), byte(kem), 0, byte(len(public))}, public...)
	contents = append(contents, 0, 12, 0, 1, 0, 1, 0, 1, 0, 2, 0, 1, 0, 3, 32, byte(len(publicName)))
	contents = append(append(contents, publicName...), 0, 0)
	return append([]byte{0xfe, 0x0d, 0, byte(len(contents))}, contents...)
}

func listOf(config []byte) []byte {
	return append([]byte{0, byte(len(config))}, config...)
}

func number(text string) uint16 {
	return uint16(must(strconv.ParseUint(text, 0, 16)))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

