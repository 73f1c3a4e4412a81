package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/rpc"
	"github.com/zclconf/go-cty/cty"
)

// The other direction: `packer-plugin-probe host` reads a job from its standard input, runs a component of another plugin with
// the SDK's own client, and writes what it sees, line by line.
type job struct {
	Binary    string
	Kind      string
	Component string
	Protobuf  bool
	// The options in HCL; layers go before them.
	Options string
	Layers  []interface{}
	// What is done when a builder provisions, and with an artifact.
	Hook    []string
	Data    map[string]interface{}
	States  []string
	Destroy bool
	// What a post-processor gets.
	Artifact struct {
		Id    string
		Files []string
	}
	// Cancels after this time, in the form of Go.
	Cancel string
	Answer string
}

const cookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"

func runHost() error {
	var work job
	if err := json.NewDecoder(os.Stdin).Decode(&work); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if work.Cancel != "" {
		long, err := time.ParseDuration(work.Cancel)
		if err != nil {
			return err
		}
		time.AfterFunc(long, cancel)
	}
	arguments := []string{"start", work.Kind, work.Component}
	if work.Protobuf {
		arguments = append(arguments, "--protobuf")
	}
	plugin := exec.Command(work.Binary, arguments...)
	plugin.Env = append(os.Environ(), "PACKER_PLUGIN_MAGIC_COOKIE="+cookie, "PACKER_PLUGIN_MIN_PORT=10000", "PACKER_PLUGIN_MAX_PORT=25000", "PACKER_RUN_UUID=run-of-a-test")
	plugin.Stderr = os.Stderr
	pipe, err := plugin.StdoutPipe()
	if err != nil {
		return err
	}
	if err := plugin.Start(); err != nil {
		return err
	}
	failed := work.drive(ctx, bufio.NewReader(pipe))
	done := make(chan error, 1)
	go func() { done <- plugin.Wait() }()
	select {
	case err := <-done:
		tell("exit", fmt.Sprint(err))
	case <-time.After(10 * time.Second):
		_ = plugin.Process.Kill()
		tell("exit", "killed")
	}
	return failed
}

func (work *job) drive(ctx context.Context, output *bufio.Reader) error {
	line, err := output.ReadString('\n')
	if err != nil {
		return fmt.Errorf("no first line: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	fields := strings.Split(strings.TrimSpace(line), "|")
	if len(fields) != 4 || fields[0] != "5" || fields[1] != "0" {
		return fmt.Errorf("first line: %q", line)
	}
	tell("network", fields[2])
	conn, err := net.Dial(fields[2], fields[3])
	if err != nil {
		return err
	}
	client, err := rpc.NewClient(conn)
	if err != nil {
		return err
	}
	defer client.Close()
	if work.Protobuf {
		protobuf(client)
	}
	switch work.Kind {
	case "builder":
		return work.builder(ctx, client.Builder())
	case "provisioner":
		return work.provisioner(ctx, client.Provisioner())
	case "post-processor":
		return work.postProcessor(ctx, client.PostProcessor())
	case "datasource":
		return work.dataSource(client.Datasource())
	}
	return fmt.Errorf("no kind %q", work.Kind)
}

// All layers, last the value that the options give under this specification.
func (work *job) layers(spec hcldec.ObjectSpec) ([]interface{}, error) {
	tell("spec", strings.Join(describe(spec), " "))
	file, problems := hclsyntax.ParseConfig([]byte(work.Options), "options.hcl", hcl.InitialPos)
	if problems.HasErrors() {
		return nil, problems
	}
	value, problems := hcldec.Decode(file.Body, spec, nil)
	if problems.HasErrors() {
		return nil, problems
	}
	return append(work.Layers, value), nil
}

func describe(spec hcldec.ObjectSpec) []string {
	var all []string
	for name, one := range spec {
		switch one := one.(type) {
		case *hcldec.AttrSpec:
			text := name + ":" + strings.ReplaceAll(one.Type.FriendlyName(), " ", "-")
			if one.Required {
				text += "!"
			}
			all = append(all, text)
		case *hcldec.BlockSpec:
			all = append(all, fmt.Sprintf("%s{%s}", name, nested(one.Nested)))
		case *hcldec.BlockListSpec:
			all = append(all, fmt.Sprintf("%s[{%s}]", name, nested(one.Nested)))
		default:
			all = append(all, fmt.Sprintf("%s:%T", name, one))
		}
	}
	sort.Strings(all)
	return all
}

func nested(spec hcldec.Spec) string {
	// Read from gob it is a value, read from protobuf a pointer.
	switch object := spec.(type) {
	case hcldec.ObjectSpec:
		return strings.Join(describe(object), " ")
	case *hcldec.ObjectSpec:
		return strings.Join(describe(*object), " ")
	}
	return fmt.Sprintf("%T", spec)
}

func (work *job) builder(ctx context.Context, builder packersdk.Builder) error {
	layers, err := work.layers(builder.ConfigSpec())
	if err != nil {
		return err
	}
	generated, warnings, err := builder.Prepare(layers...)
	tell("generated", strings.Join(generated, " "))
	for _, warning := range warnings {
		tell("warning", warning)
	}
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	made, err := builder.Run(ctx, &screen{answer: work.Answer}, &playedHook{work})
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return work.inspect(made)
}

func (work *job) provisioner(ctx context.Context, provisioner packersdk.Provisioner) error {
	layers, err := work.layers(provisioner.ConfigSpec())
	if err != nil {
		return err
	}
	if err := provisioner.Prepare(layers...); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if err := provisioner.Provision(ctx, &screen{answer: work.Answer}, here{}, work.Data); err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	tell("done", "")
	return nil
}

func (work *job) postProcessor(ctx context.Context, post packersdk.PostProcessor) error {
	layers, err := work.layers(post.ConfigSpec())
	if err != nil {
		return err
	}
	if err := post.Configure(layers...); err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	state := states()
	state["generated_data"] = work.Data
	from := &artifact{maker: "host", config: Config{Id: work.Artifact.Id, Files: work.Artifact.Files}, state: state}
	made, keep, force, err := post.PostProcess(ctx, &screen{answer: work.Answer}, from)
	tell("keep", fmt.Sprintf("%v %v", keep, force))
	if err != nil {
		return fmt.Errorf("post-process: %w", err)
	}
	return work.inspect(made)
}

func (work *job) dataSource(source packersdk.Datasource) error {
	layers, err := work.layers(source.ConfigSpec())
	if err != nil {
		return err
	}
	if err := source.Configure(layers...); err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	outputs := source.OutputSpec()
	tell("outputs", strings.Join(describe(outputs), " "))
	value, err := source.Execute()
	if err != nil {
		return fmt.Errorf("execute: %w", err)
	}
	if value == cty.NilVal {
		return errors.New("execute: no value")
	}
	tell("value", value.GoString())
	return nil
}

func (work *job) inspect(made packersdk.Artifact) error {
	if made == nil {
		tell("artifact", "none")
		return nil
	}
	tell("artifact", made.BuilderId()+" "+made.Id())
	tell("string", made.String())
	for _, file := range made.Files() {
		tell("file", file)
	}
	for _, name := range work.States {
		tell("state", name+" "+typed(made.State(name)))
	}
	if work.Destroy {
		if err := made.Destroy(); err != nil {
			return fmt.Errorf("destroy: %w", err)
		}
		tell("destroyed", made.Id())
	}
	return nil
}

// playedHook does the verbs of the job on the builder's machine.
type playedHook struct{ work *job }

func (h *playedHook) Run(ctx context.Context, name string, ui packersdk.Ui, comm packersdk.Communicator, data interface{}) error {
	tell("hook", name)
	actor := &actor{prepared: &prepared{}, ctx: ctx, ui: ui, comm: comm, data: map[string]interface{}{}}
	if entries, ok := data.(map[interface{}]interface{}); ok {
		for key, value := range entries {
			actor.data[fmt.Sprint(key)] = value
		}
	}
	return actor.work(h.work.Hook)
}

var telling sync.Mutex

func tell(what, text string) {
	telling.Lock()
	defer telling.Unlock()
	fmt.Printf("%s|%s\n", what, strings.ReplaceAll(text, "\n", "\\n"))
}

// screen writes what is said.
type screen struct {
	teller
	answer string
}

func (s *screen) Say(text string)                      { tell("say", text) }
func (s *screen) Sayf(format string, a ...interface{}) { s.Say(fmt.Sprintf(format, a...)) }
func (s *screen) Message(text string)                  { tell("message", text) }
func (s *screen) Error(text string)                    { tell("error", text) }
func (s *screen) Errorf(format string, a ...interface{}) {
	s.Error(fmt.Sprintf(format, a...))
}
func (s *screen) Machine(category string, rest ...string) {
	tell("machine", category+" "+strings.Join(rest, ","))
}
func (s *screen) Ask(question string) (string, error) {
	tell("ask", question)
	if s.answer == "" {
		return "", errors.New("nobody answers")
	}
	return s.answer, nil
}
func (s *screen) TrackProgress(name string, _, size int64, stream io.ReadCloser) io.ReadCloser {
	tell("progress", fmt.Sprintf("%s %d", name, size))
	return stream
}
