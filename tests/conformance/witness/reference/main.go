// A peer for the tests, made of the reference implementation: its witness, its client, its reading of checkpoints.
//
//	reference serve LOG-VKEY SKEY…         a witness on a port of its own, until standard input ends
//	reference ask URL                      {"old", "proof", "note"} on standard input -> what its client makes of the answer
//	reference subtree VKEY                 {"origin", "start", "end", "hash", "signature"} on standard input: does it hold?
//	reference open LOG-VKEY [VKEY…]        a checkpoint on standard input -> origin, size, and who cosigned
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/transparency-dev/formats/log"
	cosigners "github.com/transparency-dev/formats/note"
	client "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	commands := map[string]func([]string) error{"serve": serve, "ask": ask, "open": open, "subtree": subtree}
	if len(os.Args) < 3 || commands[os.Args[1]] == nil {
		fail(fmt.Errorf("called wrongly: %q", os.Args[1:]))
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func serve(arguments []string) error {
	logKey, err := note.NewVerifier(arguments[0])
	if err != nil {
		return err
	}
	var signers []note.Signer
	subtrees := false
	for _, skey := range arguments[1:] {
		// An ML-DSA-44 key signs subtrees, too, and only as such a signer.
		if signer, err := cosigners.NewMLDSASigner(skey); err == nil {
			signers, subtrees = append(signers, signer.(note.Signer)), true
			continue
		}
		signer, err := cosigners.NewSignerForCosignatureV1(skey)
		if err != nil {
			return err
		}
		signers = append(signers, signer)
	}
	known := func(_ context.Context, origin string) (note.Verifier, bool, error) {
		return logKey, origin == logKey.Name(), nil
	}
	options := witness.Opts{
		Persistence: inmemory.New(), Signers: signers, VerifierForLog: known, EnableSubtreeSigning: subtrees,
	}
	made, err := witness.New(context.Background(), options)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	handler, routes := witness.NewHTTPHandler(made), http.NewServeMux()
	routes.HandleFunc("POST /add-checkpoint", handler.AddCheckpoint)
	routes.HandleFunc("POST /sign-subtree", handler.SignSubtree)
	go func() { fail(http.Serve(listener, routes)) }()
	fmt.Printf("http://%s\n", listener.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func ask(arguments []string) error {
	var asked struct {
		Old   uint64
		Proof [][]byte
		Note  string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	place, err := url.Parse(arguments[0])
	if err != nil {
		return err
	}
	peer := client.NewWitness(place, http.DefaultClient)
	lines, size, err := peer.Update(context.Background(), asked.Old, []byte(asked.Note), asked.Proof)
	answer := map[string]any{"lines": string(lines), "size": size, "error": ""}
	if err != nil {
		answer["error"] = err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func subtree(arguments []string) error {
	var signed struct {
		Origin          string
		Start, End      uint64
		Hash, Signature []byte
	}
	if err := json.NewDecoder(os.Stdin).Decode(&signed); err != nil {
		return err
	}
	key, err := cosigners.NewMLDSAVerifier(arguments[0])
	if err != nil {
		return err
	}
	if !key.VerifySubtree(0, signed.Origin, signed.Start, signed.End, signed.Hash, signed.Signature) {
		return fmt.Errorf("the signature does not fit the subtree")
	}
	return nil
}

func open(arguments []string) error {
	logKey, err := note.NewVerifier(arguments[0])
	if err != nil {
		if logKey, err = cosigners.NewVerifierForCosignatureV1(arguments[0]); err != nil {
			return err
		}
	}
	var others []note.Verifier
	for _, vkey := range arguments[1:] {
		other, err := cosigners.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return err
		}
		others = append(others, other)
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	head, _, read, err := log.ParseCheckpoint(text, logKey.Name(), logKey, others...)
	if err != nil {
		return err
	}
	times := []int64{}
	for _, signature := range read.Sigs[1:] {
		at, err := cosigners.CoSigV1Timestamp(signature)
		if err != nil {
			return err
		}
		times = append(times, at.Unix())
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"origin": head.Origin, "size": head.Size, "times": times})
}
