package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
)

// here is the communicator of our builder: its machine is this one. Commands that begin with `!` are played.
type here struct{}

func (here) Start(_ context.Context, command *packersdk.RemoteCmd) error {
	name, rest, _ := strings.Cut(command.Command, " ")
	if strings.HasPrefix(name, "!") {
		return play(name, rest, command)
	}
	shell := []string{"sh", "-c", command.Command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", command.Command}
	}
	program := exec.Command(shell[0], shell[1:]...)
	program.Stdin, program.Stdout, program.Stderr = command.Stdin, command.Stdout, command.Stderr
	if err := program.Start(); err != nil {
		return err
	}
	go func() {
		code := 0
		if err := program.Wait(); err != nil {
			code = 1
			var exited *exec.ExitError
			if errors.As(err, &exited) {
				code = exited.ExitCode()
			}
		}
		command.SetExited(code)
	}()
	return nil
}

func play(name, rest string, command *packersdk.RemoteCmd) error {
	switch name {
	case "!refuse":
		return errors.New("the command was refused: " + rest)
	case "!die":
		os.Exit(7)
	case "!exit":
		codes, err := numbers(rest, 1)
		if err != nil {
			return err
		}
		go command.SetExited(codes[0])
		return nil
	case "!flood":
		sizes, err := numbers(rest, 1)
		if err != nil {
			return err
		}
		go func() {
			done := make(chan error)
			for _, stream := range []io.Writer{command.Stdout, command.Stderr} {
				go func(into io.Writer) {
					_, err := io.CopyN(into, endless{}, int64(sizes[0])<<20)
					done <- err
				}(stream)
			}
			first, second := <-done, <-done
			if first != nil || second != nil {
				command.SetExited(70)
				return
			}
			command.SetExited(0)
		}()
		return nil
	}
	return fmt.Errorf("%s cannot be played", name)
}

func (here) Upload(path string, from io.Reader, info *os.FileInfo) error {
	if strings.HasPrefix(path, "!refuse") {
		return errors.New("the file was refused")
	}
	if strings.HasPrefix(path, "!part") {
		_, _ = io.CopyN(io.Discard, from, 100_000)
		return errors.New("the disk is full")
	}
	if strings.HasPrefix(path, "!count") {
		_, err := io.Copy(io.Discard, from)
		return err
	}
	mode := os.FileMode(0o644)
	if info != nil {
		mode = (*info).Mode().Perm()
		note := fmt.Sprintf("%s %d %s %v %d", (*info).Name(), (*info).Size(), (*info).Mode(), (*info).IsDir(), (*info).ModTime().Unix())
		if err := os.WriteFile(path+".info", []byte(note), 0o644); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, from); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func (here) Download(path string, into io.Writer) error {
	if strings.HasPrefix(path, "!refuse") {
		return errors.New("no such file here")
	}
	if size, ok := strings.CutPrefix(path, "!make "); ok {
		sizes, err := numbers(size, 1)
		if err == nil {
			_, err = io.CopyN(into, endless{}, int64(sizes[0]))
		}
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(into, file)
	return err
}

func (here) UploadDir(dst string, src string, exclude []string) error {
	return copyTree("up", dst, src, exclude)
}

func (here) DownloadDir(src string, dst string, exclude []string) error {
	return copyTree("down", dst, src, exclude)
}

// copyTree copies the files of one folder (not of folders in it) and notes which way it was called.
func copyTree(way, dst, src string, exclude []string) error {
	if strings.HasPrefix(src, "!refuse") {
		return errors.New("the folder was refused")
	}
	entries, err := os.ReadDir(src)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(src, entry.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dst, entry.Name()), content, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dst, way+".note"), []byte(typed(exclude)), 0o644)
}
