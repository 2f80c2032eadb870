package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	stdsync "sync"
	"syscall"
	"time"
)

// A weight is what a program took.
type weight struct {
	Took time.Duration
	CPU  time.Duration // of all processors; the least noisy of the three
	Peak int64         // bytes of resident memory
	Said string        // on its standard output
}

// best keeps the best times and the worst memory.
func (w *weight) best(other weight) {
	if w.Took == 0 {
		w.Took, w.CPU = other.Took, other.CPU
	}
	w.Took, w.CPU = min(w.Took, other.Took), min(w.CPU, other.CPU)
	w.Peak = max(w.Peak, other.Peak)
}

// weigh is a program that runs another one, named by its arguments, and prints
// its weight as JSON.
func weigh() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	began := time.Now()
	err := cmd.Run()
	w := weight{Took: time.Since(began), Said: out.String()}
	if err == nil {
		w.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		w.Peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10 // Linux counts in KiB
		err = json.NewEncoder(os.Stdout).Encode(w)
	}
	die(err)
}

// bareCSV is a program that reads the rows of a file.
func bareCSV() {
	f, err := os.Open(os.Args[1])
	die(err)
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for err == nil {
		_, err = r.Read()
	}
	if err != io.EOF {
		die(err)
	}
}

// bareUsers is a program that reads users: the address of the server, a file
// with the token and one with the ids are its arguments. It fails unless it
// gets them all.
func bareUsers() {
	token, err := os.ReadFile(os.Args[2])
	die(err)
	list, err := os.ReadFile(os.Args[3])
	die(err)
	ids := strings.Fields(string(list))
	const parallel = 4 // as syncd
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: parallel}}
	batches := make(chan []string)
	var readers stdsync.WaitGroup
	for range parallel {
		readers.Go(func() {
			for batch := range batches {
				die(bareBatch(client, os.Args[1], string(token), batch))
			}
		})
	}
	for batch := range slices.Chunk(ids, benchBatch) {
		batches <- batch
	}
	close(batches)
	readers.Wait()
}

func bareBatch(client *http.Client, url, token string, ids []string) error {
	body, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, url+"/api/v4/users/ids", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var users []struct {
		ID       string `json:"id"`
		Username string `json:"username"`
		Email    string `json:"email"`
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		Position string `json:"position"`
		AuthData string `json:"auth_data"`
		DeleteAt int64  `json:"delete_at"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&users); err != nil {
		return err
	}
	if len(users) != len(ids) {
		return fmt.Errorf("got %s and %d users, want %d", resp.Status, len(users), len(ids))
	}
	return nil
}

// die ends the program if there is an error, with the code of the one it ran.
func die(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	}
	os.Exit(1)
}
