package main

import (
	"context"
	"fmt"
	"os"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
)

type builder struct{ prepared }

func (b *builder) Prepare(layers ...interface{}) ([]string, []string, error) {
	err := b.prepare(layers...)
	return b.config.Generated, b.config.Warnings, err
}

func (b *builder) Run(ctx context.Context, ui packersdk.Ui, hook packersdk.Hook) (packersdk.Artifact, error) {
	data := b.data()
	work := &actor{prepared: &b.prepared, ctx: ctx, ui: ui, hook: hook, comm: here{}, data: data}
	if err := work.work(b.config.Do); err != nil {
		return nil, err
	}
	if b.config.Artifact == "none" {
		return nil, nil
	}
	state := states()
	state["generated_data"] = data
	return &artifact{maker: "builder", config: b.config, state: state}, nil
}

// What a builder of the SDK tells its provisioners, and more.
func (b *builder) data() map[string]interface{} {
	if b.config.Data == "none" {
		return nil
	}
	data := map[string]interface{}{
		"ID": "i-0123", "Host": "127.0.0.1", "Port": 2222, "User": "root", "Password": "secret", "ConnType": "ssh",
		"PackerRunUUID": os.Getenv("PACKER_RUN_UUID"), "PackerHTTPIP": "127.0.0.1", "PackerHTTPPort": "8000", "PackerHTTPAddr": "127.0.0.1:8000",
		"SSHPublicKey": "public", "SSHPrivateKey": "private", "SSHPrivateKeyFile": "", "SSHAgentAuth": false, "WinRMPassword": "",
		"Custom": "of our own",
	}
	if b.config.Data == "rich" {
		for name, value := range map[string]interface{}{
			"Flag": true, "Count": 7, "Big": 1 << 40, "Ratio": 1.5, "Bytes": []byte{1, 2}, "Words": []string{"a", "b"},
		} {
			data[name] = value
		}
	}
	return data
}

type provisioner struct{ prepared }

func (p *provisioner) Prepare(layers ...interface{}) error { return p.prepare(layers...) }

func (p *provisioner) Provision(ctx context.Context, ui packersdk.Ui, comm packersdk.Communicator, data map[string]interface{}) error {
	p.config.ctx.Data = data
	return (&actor{prepared: &p.prepared, ctx: ctx, ui: ui, comm: comm, data: data}).work(p.config.Do)
}

type postProcessor struct{ prepared }

func (p *postProcessor) Configure(layers ...interface{}) error { return p.prepare(layers...) }

func (p *postProcessor) PostProcess(ctx context.Context, ui packersdk.Ui, from packersdk.Artifact) (packersdk.Artifact, bool, bool, error) {
	work := &actor{prepared: &p.prepared, ctx: ctx, ui: ui, from: from}
	if err := work.work(p.config.Do); err != nil {
		return nil, p.config.Keep, p.config.ForceKeep, err
	}
	switch p.config.Artifact {
	case "", "same":
		return from, p.config.Keep, p.config.ForceKeep, nil
	case "none":
		return nil, p.config.Keep, p.config.ForceKeep, nil
	case "new":
		made := &artifact{maker: "post", config: p.config, state: states()}
		return made, p.config.Keep, p.config.ForceKeep, nil
	}
	return nil, false, false, fmt.Errorf("no artifact %q", p.config.Artifact)
}
