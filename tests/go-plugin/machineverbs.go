package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
)

// machineVerbs are what a provisioner does with its machine.
var machineVerbs = map[string]verb{
	"run":          func(a *actor, rest string) error { return run(a, rest, "oe", nil) },
	"run-stdout":   func(a *actor, rest string) error { return run(a, rest, "o", nil) },
	"run-stderr":   func(a *actor, rest string) error { return run(a, rest, "e", nil) },
	"run-silent":   func(a *actor, rest string) error { return run(a, rest, "", nil) },
	"run-stdin":    runStdin,
	"run-with-ui":  runWithUi,
	"parallel":     parallel,
	"count-output": countOutput,
	"upload":       upload,
	"upload-info":  uploadInfo,
	"upload-break": uploadBreak,
	"download":     download,
	"upload-dir":   uploadDir,
	"download-dir": downloadDir,
	"mirror":       func(a *actor, rest string) error { return mirror(a, rest, false) },
	"mirror-file":  func(a *actor, rest string) error { return mirror(a, rest, true) },
}

func run(a *actor, command, streams string, stdin io.Reader) error {
	var out, err bytes.Buffer
	remote := &packersdk.RemoteCmd{Command: command, Stdin: stdin}
	if strings.Contains(streams, "o") {
		remote.Stdout = &out
	}
	if strings.Contains(streams, "e") {
		remote.Stderr = &err
	}
	if err := a.comm.Start(a.ctx, remote); err != nil {
		return fmt.Errorf("not started: %w", err)
	}
	code := remote.Wait()
	a.sayf("exit %d, stdout %q, stderr %q", code, out.String(), err.String())
	return nil
}

func runStdin(a *actor, rest string) error {
	text, command, _ := strings.Cut(rest, " ")
	if size, err := strconv.Atoi(text); err == nil {
		return run(a, command, "oe", io.LimitReader(endless{}, int64(size)))
	}
	return run(a, command, "oe", strings.NewReader(text))
}

// The usual way of plugins: output goes to the Ui line by line.
func runWithUi(a *actor, rest string) error {
	remote := &packersdk.RemoteCmd{Command: rest}
	if err := remote.RunWithUi(a.ctx, a.comm, a.ui); err != nil {
		return err
	}
	a.sayf("exit %d", remote.ExitStatus())
	return nil
}

func parallel(a *actor, rest string) error {
	count, command, _ := strings.Cut(rest, " ")
	counts, err := numbers(count, 1)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	outs := make([]string, counts[0])
	for i := range outs {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			var out bytes.Buffer
			remote := &packersdk.RemoteCmd{Command: strings.ReplaceAll(command, "%", strconv.Itoa(i)), Stdout: &out}
			if err := a.comm.Start(a.ctx, remote); err != nil {
				outs[i] = err.Error()
				return
			}
			outs[i] = fmt.Sprintf("%d:%s", remote.Wait(), strings.TrimSpace(out.String()))
		}(i)
	}
	all.Wait()
	a.ui.Say("parallel " + strings.Join(outs, " "))
	return nil
}

type counter struct{ count int64 }

func (c *counter) Write(part []byte) (int, error) {
	c.count += int64(len(part))
	return len(part), nil
}

func countOutput(a *actor, rest string) error {
	var out, err counter
	remote := &packersdk.RemoteCmd{Command: rest, Stdout: &out, Stderr: &err}
	start := time.Now()
	if err := a.comm.Start(a.ctx, remote); err != nil {
		return err
	}
	code := remote.Wait()
	a.sayf("exit %d, stdout %d bytes, stderr %d bytes", code, out.count, err.count)
	a.sayf("rate: %.1f MB/s", float64(out.count+err.count)/1e6/time.Since(start).Seconds())
	return nil
}

// upload SIZE PATH
func upload(a *actor, rest string) error {
	size, path, _ := strings.Cut(rest, " ")
	sizes, err := numbers(size, 1)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := a.comm.Upload(path, io.LimitReader(endless{}, int64(sizes[0])), nil); err != nil {
		return err
	}
	a.sayf("uploaded %d bytes", sizes[0])
	a.sayf("rate: %.1f MB/s", float64(sizes[0])/1e6/time.Since(start).Seconds())
	return nil
}

// upload-info LOCAL PATH: as provisioners do that upload a file of this machine.
func uploadInfo(a *actor, rest string) error {
	local, path, _ := strings.Cut(rest, " ")
	file, err := os.Open(local)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return a.comm.Upload(path, file, &info)
}

type breaking struct{ left int }

func (b *breaking) Read(into []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the source broke")
	}
	if len(into) > b.left {
		into = into[:b.left]
	}
	read, err := endless{}.Read(into)
	b.left -= read
	return read, err
}

// upload-break SIZE PATH: the reader fails after so many bytes.
func uploadBreak(a *actor, rest string) error {
	size, path, _ := strings.Cut(rest, " ")
	sizes, err := numbers(size, 1)
	if err != nil {
		return err
	}
	return a.comm.Upload(path, &breaking{left: sizes[0]}, nil)
}

func download(a *actor, path string) error {
	sum := sha256.New()
	var size counter
	start := time.Now()
	if err := a.comm.Download(path, io.MultiWriter(&size, sum)); err != nil {
		return err
	}
	took := time.Since(start).Seconds()
	a.sayf("downloaded %d bytes, sha256 %x", size.count, sum.Sum(nil))
	a.sayf("rate: %.1f MB/s", float64(size.count)/1e6/took)
	return nil
}

func folders(rest string) (first, second string, exclude []string) {
	fields := strings.Fields(rest)
	for len(fields) < 2 {
		fields = append(fields, "")
	}
	return fields[0], fields[1], fields[2:]
}

func uploadDir(a *actor, rest string) error {
	src, dst, exclude := folders(rest)
	return a.comm.UploadDir(dst, src, exclude)
}

func downloadDir(a *actor, rest string) error {
	src, dst, exclude := folders(rest)
	return a.comm.DownloadDir(src, dst, exclude)
}

// letterFile tells of a file what provisioners tell that upload one.
type letterFile int64

func (letterFile) Name() string       { return "letters" }
func (f letterFile) Size() int64      { return int64(f) }
func (letterFile) Mode() os.FileMode  { return 0o644 }
func (letterFile) ModTime() time.Time { return time.Unix(1_700_000_000, 0) }
func (letterFile) IsDir() bool        { return false }
func (letterFile) Sys() interface{}   { return nil }

// mirror SIZE PATH: up into a file and back, timed without the digest: how much the wire carries. As a file, it says how long it is before.
func mirror(a *actor, rest string, file bool) error {
	size, path, _ := strings.Cut(rest, " ")
	sizes, err := numbers(size, 1)
	if err != nil {
		return err
	}
	var info *os.FileInfo
	if file {
		var told os.FileInfo = letterFile(sizes[0])
		info = &told
	}
	start := time.Now()
	if err := a.comm.Upload(path, io.LimitReader(endless{}, int64(sizes[0])), info); err != nil {
		return err
	}
	up := time.Since(start).Seconds()
	start = time.Now()
	var back counter
	if err := a.comm.Download(path, &back); err != nil {
		return err
	}
	down := time.Since(start).Seconds()
	a.sayf("mirror: up %.1f MB/s, down %.1f MB/s, %d bytes", float64(sizes[0])/1e6/up, float64(back.count)/1e6/down, back.count)
	return nil
}
