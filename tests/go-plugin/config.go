package main

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/common"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/hashicorp/packer-plugin-sdk/template/interpolate"
	"github.com/zclconf/go-cty/cty"
)

// Config is what every component takes. Kinds ignore what does not concern them.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`

	// What is done when the component runs, and when it is prepared.
	Do        []string `mapstructure:"do"`
	OnPrepare []string `mapstructure:"on_prepare"`

	// What Prepare answers.
	Generated []string `mapstructure:"generated"`
	Warnings  []string `mapstructure:"warn"`
	Invalid   string   `mapstructure:"invalid"`

	// A builder's data for its provisioners: none, plain or rich.
	Data string `mapstructure:"data"`

	// The artifact: a builder's `artifact` is full or none, a post-processor's is same, new or none.
	Artifact     string   `mapstructure:"artifact"`
	Id           string   `mapstructure:"id"`
	Files        []string `mapstructure:"files"`
	DestroyError string   `mapstructure:"destroy_error"`
	Destroyed    string   `mapstructure:"destroyed"`
	Keep         bool     `mapstructure:"keep"`
	ForceKeep    bool     `mapstructure:"force_keep"`

	// A data source's value: see datasource.go.
	Value string `mapstructure:"value"`

	// One of every shape, to be shown again by `show config`.
	Text   string            `mapstructure:"text"`
	Number int               `mapstructure:"number"`
	Ratio  float64           `mapstructure:"ratio"`
	Flag   bool              `mapstructure:"flag"`
	Tri    config.Trilean    `mapstructure:"tri"`
	Wait   time.Duration     `mapstructure:"wait"`
	Words  []string          `mapstructure:"words"`
	Counts []int             `mapstructure:"counts"`
	Rows   [][]string        `mapstructure:"rows"`
	Tags   map[string]string `mapstructure:"tags"`
	Raw    string            `mapstructure:"raw"`
	Part   Part              `mapstructure:"part"`
	Disks  []Disk            `mapstructure:"disk"`

	ctx interpolate.Context
}

// Part is a block that may stand once.
type Part struct {
	Name string `mapstructure:"name"`
	Size int    `mapstructure:"size"`
}

// Disk is a block that may stand often, with blocks in it.
type Disk struct {
	Name   string   `mapstructure:"name"`
	Size   int      `mapstructure:"size"`
	Labels []string `mapstructure:"labels"`
	Parts  []Part   `mapstructure:"part"`
}

// FlatPart is how a Part arrives from HCL.
type FlatPart struct {
	Name *string `mapstructure:"name" cty:"name" hcl:"name"`
	Size *int    `mapstructure:"size" cty:"size" hcl:"size"`
}

// FlatDisk is how a Disk arrives from HCL.
type FlatDisk struct {
	Name   *string    `mapstructure:"name" cty:"name" hcl:"name"`
	Size   *int       `mapstructure:"size" cty:"size" hcl:"size"`
	Labels []string   `mapstructure:"labels" cty:"labels" hcl:"labels"`
	Parts  []FlatPart `mapstructure:"part" cty:"part" hcl:"part"`
}

// FlatConfig is how a Config arrives from HCL: what may be missing is a pointer.
type FlatConfig struct {
	PackerBuildName     *string           `mapstructure:"packer_build_name" cty:"packer_build_name" hcl:"packer_build_name"`
	PackerBuilderType   *string           `mapstructure:"packer_builder_type" cty:"packer_builder_type" hcl:"packer_builder_type"`
	PackerCoreVersion   *string           `mapstructure:"packer_core_version" cty:"packer_core_version" hcl:"packer_core_version"`
	PackerDebug         *bool             `mapstructure:"packer_debug" cty:"packer_debug" hcl:"packer_debug"`
	PackerForce         *bool             `mapstructure:"packer_force" cty:"packer_force" hcl:"packer_force"`
	PackerOnError       *string           `mapstructure:"packer_on_error" cty:"packer_on_error" hcl:"packer_on_error"`
	PackerUserVars      map[string]string `mapstructure:"packer_user_variables" cty:"packer_user_variables" hcl:"packer_user_variables"`
	PackerSensitiveVars []string          `mapstructure:"packer_sensitive_variables" cty:"packer_sensitive_variables" hcl:"packer_sensitive_variables"`

	Do           []string          `mapstructure:"do" cty:"do" hcl:"do"`
	OnPrepare    []string          `mapstructure:"on_prepare" cty:"on_prepare" hcl:"on_prepare"`
	Generated    []string          `mapstructure:"generated" cty:"generated" hcl:"generated"`
	Warnings     []string          `mapstructure:"warn" cty:"warn" hcl:"warn"`
	Invalid      *string           `mapstructure:"invalid" cty:"invalid" hcl:"invalid"`
	Data         *string           `mapstructure:"data" cty:"data" hcl:"data"`
	Artifact     *string           `mapstructure:"artifact" cty:"artifact" hcl:"artifact"`
	Id           *string           `mapstructure:"id" cty:"id" hcl:"id"`
	Files        []string          `mapstructure:"files" cty:"files" hcl:"files"`
	DestroyError *string           `mapstructure:"destroy_error" cty:"destroy_error" hcl:"destroy_error"`
	Destroyed    *string           `mapstructure:"destroyed" cty:"destroyed" hcl:"destroyed"`
	Keep         *bool             `mapstructure:"keep" cty:"keep" hcl:"keep"`
	ForceKeep    *bool             `mapstructure:"force_keep" cty:"force_keep" hcl:"force_keep"`
	Value        *string           `mapstructure:"value" cty:"value" hcl:"value"`
	Text         *string           `mapstructure:"text" cty:"text" hcl:"text"`
	Number       *int              `mapstructure:"number" cty:"number" hcl:"number"`
	Ratio        *float64          `mapstructure:"ratio" cty:"ratio" hcl:"ratio"`
	Flag         *bool             `mapstructure:"flag" cty:"flag" hcl:"flag"`
	Tri          *bool             `mapstructure:"tri" cty:"tri" hcl:"tri"`
	Wait         *string           `mapstructure:"wait" cty:"wait" hcl:"wait"`
	Words        []string          `mapstructure:"words" cty:"words" hcl:"words"`
	Counts       []int             `mapstructure:"counts" cty:"counts" hcl:"counts"`
	Rows         [][]string        `mapstructure:"rows" cty:"rows" hcl:"rows"`
	Tags         map[string]string `mapstructure:"tags" cty:"tags" hcl:"tags"`
	Raw          *string           `mapstructure:"raw" cty:"raw" hcl:"raw"`
	Part         *FlatPart         `mapstructure:"part" cty:"part" hcl:"part"`
	Disks        []FlatDisk        `mapstructure:"disk" cty:"disk" hcl:"disk"`
}

func attribute(name string, kind cty.Type) hcldec.Spec {
	return &hcldec.AttrSpec{Name: name, Type: kind}
}

func attributes(kind cty.Type, into map[string]hcldec.Spec, names ...string) {
	for _, name := range names {
		into[name] = attribute(name, kind)
	}
}

func (*FlatPart) HCL2Spec() map[string]hcldec.Spec {
	return map[string]hcldec.Spec{"name": attribute("name", cty.String), "size": attribute("size", cty.Number)}
}

func (*FlatDisk) HCL2Spec() map[string]hcldec.Spec {
	return map[string]hcldec.Spec{
		"name":   attribute("name", cty.String),
		"size":   attribute("size", cty.Number),
		"labels": attribute("labels", cty.List(cty.String)),
		"part":   &hcldec.BlockListSpec{TypeName: "part", Nested: hcldec.ObjectSpec((*FlatPart)(nil).HCL2Spec())},
	}
}

func (*FlatConfig) HCL2Spec() map[string]hcldec.Spec {
	spec := map[string]hcldec.Spec{}
	attributes(cty.String, spec, "packer_build_name", "packer_builder_type", "packer_core_version", "packer_on_error")
	attributes(cty.String, spec, "invalid", "data", "artifact", "id", "destroy_error", "destroyed", "value", "text", "wait", "raw")
	attributes(cty.Bool, spec, "packer_debug", "packer_force", "keep", "force_keep", "flag", "tri")
	attributes(cty.Number, spec, "number", "ratio")
	attributes(cty.List(cty.String), spec, "packer_sensitive_variables", "do", "on_prepare", "generated", "warn", "files", "words")
	attributes(cty.List(cty.Number), spec, "counts")
	attributes(cty.List(cty.List(cty.String)), spec, "rows")
	attributes(cty.Map(cty.String), spec, "packer_user_variables", "tags")
	spec["part"] = &hcldec.BlockSpec{TypeName: "part", Nested: hcldec.ObjectSpec((*FlatPart)(nil).HCL2Spec())}
	spec["disk"] = &hcldec.BlockListSpec{TypeName: "disk", Nested: hcldec.ObjectSpec((*FlatDisk)(nil).HCL2Spec())}
	return spec
}

// FlatMapstructure is asked for by the SDK's decoder.
func (*Config) FlatMapstructure() interface{ HCL2Spec() map[string]hcldec.Spec } {
	return new(FlatConfig)
}

// prepared is what components have in common: their options, and what Prepare was called with.
type prepared struct {
	config Config
	layers []interface{}
	times  int
}

func (*prepared) ConfigSpec() hcldec.ObjectSpec {
	return hcldec.ObjectSpec((*FlatConfig)(nil).HCL2Spec())
}

func (p *prepared) prepare(layers ...interface{}) error {
	p.times++
	p.layers = append([]interface{}(nil), layers...)
	err := config.Decode(&p.config, &config.DecodeOpts{
		PluginType:         "probe",
		Interpolate:        true,
		InterpolateContext: &p.config.ctx,
		InterpolateFilter:  &interpolate.RenderFilter{Exclude: []string{"raw", "do"}},
	}, layers...)
	if err != nil {
		return err
	}
	if err := (&actor{prepared: p}).work(p.config.OnPrepare); err != nil {
		return err
	}
	if p.config.Invalid != "" {
		return fmt.Errorf("%s", p.config.Invalid)
	}
	return nil
}
