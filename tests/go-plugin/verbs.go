package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
)

// actor works through the verbs of one component. What a kind of component does not have is nil.
type actor struct {
	*prepared
	ctx  context.Context
	ui   packersdk.Ui
	comm packersdk.Communicator
	hook packersdk.Hook
	data map[string]interface{}
	from packersdk.Artifact
}

// A verb takes the rest of its line.
type verb func(a *actor, rest string) error

// Filled in by init, because verbs call verbs.
var verbs map[string]verb

func init() {
	verbs = map[string]verb{
		// What is told.
		"say":      func(a *actor, rest string) error { a.ui.Say(rest); return nil },
		"error":    func(a *actor, rest string) error { a.ui.Error(rest); return nil },
		"message":  func(a *actor, rest string) error { a.ui.Message(rest); return nil },
		"machine":  machine,
		"ask":      ask,
		"bytes":    sayBytes,
		"long":     long,
		"flood":    flood,
		"crowd":    crowd,
		"progress": progress,
		"show":     show,
		"env":      func(a *actor, rest string) error { a.ui.Say(rest + "=" + os.Getenv(rest)); return nil },
		// How it ends.
		"fail":      func(_ *actor, rest string) error { return errors.New(strings.ReplaceAll(rest, `\n`, "\n")) },
		"fail-once": failOnce,
		"exit":      exit,
		"panic":     func(_ *actor, rest string) error { panic(rest) },
		"sleep":     sleep,
		"deaf":      deaf,
		"spin":      func(*actor, string) error { select {} },
		// What is left behind.
		"pid":    func(_ *actor, rest string) error { return os.WriteFile(rest, []byte(strconv.Itoa(os.Getpid())), 0o644) },
		"append": appendVerb,
		"note":   note,
		"stdout": func(_ *actor, rest string) error { return outflow(os.Stdout, rest) },
		"stderr": func(_ *actor, rest string) error { return outflow(os.Stderr, rest) },
		// A builder's.
		"provision": provision,
		"cleanup": func(a *actor, _ string) error {
			return a.hook.Run(context.Background(), packersdk.HookCleanupProvision, a.ui, a.comm, a.data)
		},
		"bare-hook": func(a *actor, _ string) error { return a.hook.Run(a.ctx, packersdk.HookProvision, a.ui, nil, a.data) },
		"hook":      func(a *actor, rest string) error { return a.hook.Run(a.ctx, rest, a.ui, a.comm, a.data) },
		// A post-processor's.
		"destroy": destroy,
		"states":  showStates,
	}
	for name, work := range machineVerbs {
		verbs[name] = work
	}
}

func (a *actor) work(lines []string) error {
	for _, line := range lines {
		if err := a.one(line); err != nil {
			return err
		}
	}
	return nil
}

func (a *actor) one(line string) error {
	name, rest, _ := strings.Cut(line, " ")
	// `try VERB …` tells of a failure and goes on.
	if name == "try" {
		if err := a.one(rest); err != nil {
			a.ui.Say("failed: " + err.Error())
		}
		return nil
	}
	work, known := verbs[name]
	if !known {
		return fmt.Errorf("no verb %q", name)
	}
	return work(a, rest)
}

// sayf for SDKs whose Ui has no such method.
func (a *actor) sayf(format string, arguments ...interface{}) {
	a.ui.Say(fmt.Sprintf(format, arguments...))
}

func numbers(rest string, count int) ([]int, error) {
	fields := strings.Fields(rest)
	if len(fields) != count {
		return nil, fmt.Errorf("%q: %d numbers are wanted", rest, count)
	}
	all := make([]int, count)
	for i, field := range fields {
		one, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		all[i] = one
	}
	return all, nil
}

func machine(a *actor, rest string) error {
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return errors.New("machine: a category is wanted")
	}
	a.ui.Machine(fields[0], fields[1:]...)
	return nil
}

func ask(a *actor, rest string) error {
	answer, err := a.ui.Ask(rest)
	if err != nil {
		a.ui.Say("no answer: " + err.Error())
		return nil
	}
	a.sayf("answer: %q", answer)
	return nil
}

func sayBytes(a *actor, rest string) error {
	text, err := hex.DecodeString(rest)
	a.ui.Say(string(text))
	return err
}

func long(a *actor, rest string) error {
	sizes, err := numbers(rest, 1)
	if err == nil {
		a.ui.Say(strings.Repeat("x", sizes[0]))
	}
	return err
}

func flood(a *actor, rest string) error {
	counts, err := numbers(rest, 1)
	if err != nil {
		return err
	}
	start := time.Now()
	for i := 0; i < counts[0]; i++ {
		a.ui.Say("line " + strconv.Itoa(i))
	}
	a.sayf("flood: %d lines in %.6f s", counts[0], time.Since(start).Seconds())
	return nil
}

func crowd(a *actor, rest string) error {
	counts, err := numbers(rest, 2)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for who := 0; who < counts[0]; who++ {
		all.Add(1)
		go func(who int) {
			defer all.Done()
			for i := 0; i < counts[1]; i++ {
				a.sayf("crowd %d %d", who, i)
			}
		}(who)
	}
	all.Wait()
	return nil
}

func progress(a *actor, rest string) error {
	name, size, _ := strings.Cut(rest, " ")
	sizes, err := numbers(size, 1)
	if err != nil {
		return err
	}
	stream := a.ui.TrackProgress(name, 0, int64(sizes[0]), io.NopCloser(io.LimitReader(endless{}, int64(sizes[0]))))
	defer stream.Close()
	read, err := io.Copy(io.Discard, stream)
	a.sayf("progress: %d bytes", read)
	return err
}

// endless gives letters for as long as somebody reads, as fast as a file in memory would.
type endless struct{}

var letters = bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), 1<<12)

func (endless) Read(into []byte) (int, error) {
	read := 0
	for read < len(into) {
		read += copy(into[read:], letters)
	}
	return read, nil
}

func show(a *actor, rest string) error {
	switch rest {
	case "layers":
		for i, layer := range a.layers {
			a.sayf("layer %d: %s", i, typed(layer))
		}
	case "data":
		var names []string
		for name := range a.data {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			a.sayf("data %s: %s", name, typed(a.data[name]))
		}
	case "config":
		text, err := json.Marshal(a.config)
		if err != nil {
			return err
		}
		a.ui.Say("config: " + string(text))
	case "prepared":
		a.sayf("prepared %d times", a.times)
	case "system":
		a.ui.Say("system: " + runtime.GOOS)
	default:
		return fmt.Errorf("show: %q is not known", rest)
	}
	return nil
}

func failOnce(_ *actor, rest string) error {
	path, text, _ := strings.Cut(rest, " ")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := appendLine(path, "failed"); err != nil {
		return err
	}
	return errors.New(text)
}

func exit(_ *actor, rest string) error {
	codes, err := numbers(rest, 1)
	if err == nil {
		os.Exit(codes[0])
	}
	return err
}

func sleep(a *actor, rest string) error {
	long, err := time.ParseDuration(rest)
	if err != nil {
		return err
	}
	if a.ctx == nil {
		time.Sleep(long)
		return nil
	}
	select {
	case <-time.After(long):
		return nil
	case <-a.ctx.Done():
		a.ui.Say("was cancelled")
		return a.ctx.Err()
	}
}

func deaf(_ *actor, rest string) error {
	long, err := time.ParseDuration(rest)
	time.Sleep(long)
	return err
}

func appendVerb(_ *actor, rest string) error {
	path, text, _ := strings.Cut(rest, " ")
	return appendLine(path, text)
}

// note FILE: the options, for when there is nobody to tell them.
func note(a *actor, path string) error {
	text, err := json.Marshal(a.config)
	if err != nil {
		return err
	}
	return appendLine(path, string(text))
}

func outflow(into io.Writer, rest string) error {
	counts, err := numbers(rest, 1)
	if err != nil {
		return err
	}
	line := strings.Repeat("o", 99) + "\n"
	for i := 0; i < counts[0]; i++ {
		if _, err := io.WriteString(into, line); err != nil {
			return err
		}
	}
	return nil
}

func provision(a *actor, _ string) error {
	err := a.hook.Run(a.ctx, packersdk.HookProvision, a.ui, a.comm, a.data)
	if err != nil {
		if late := a.hook.Run(context.Background(), packersdk.HookCleanupProvision, a.ui, a.comm, a.data); late != nil {
			a.ui.Error("cleanup: " + late.Error())
		}
	}
	return err
}

func destroy(a *actor, _ string) error {
	if err := a.from.Destroy(); err != nil {
		a.ui.Say("not destroyed: " + err.Error())
		return nil
	}
	a.ui.Say("destroyed")
	return nil
}

func showStates(a *actor, rest string) error {
	a.sayf("builder %s", a.from.BuilderId())
	a.sayf("id %s", a.from.Id())
	a.sayf("string %s", a.from.String())
	a.sayf("files %s", typed(a.from.Files()))
	var names []string
	if rest != "" {
		names = strings.Split(rest, ",")
	} else {
		for name := range states() {
			names = append(names, name)
		}
		sort.Strings(names)
	}
	for _, name := range names {
		shown := typed(a.from.State(name))
		if len(shown) > 1000 {
			shown = fmt.Sprintf("%s… %d", shown[:20], len(shown))
		}
		a.sayf("state %s: %s", name, shown)
	}
	return nil
}
