package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2/hcldec"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/zclconf/go-cty/cty"
)

// shaped is a builder that has a specification and builds nothing.
type shaped struct {
	spec   func() map[string]hcldec.Spec
	layers []interface{}
}

func (b *shaped) ConfigSpec() hcldec.ObjectSpec { return b.spec() }

func (b *shaped) Prepare(layers ...interface{}) ([]string, []string, error) {
	b.layers = layers
	return nil, nil, nil
}

func (b *shaped) Run(_ context.Context, ui packersdk.Ui, _ packersdk.Hook) (packersdk.Artifact, error) {
	for _, layer := range b.layers {
		if value, ok := layer.(cty.Value); ok {
			ui.Say("value: " + value.GoString())
		}
	}
	return nil, nil
}

func emptySpec() map[string]hcldec.Spec { return map[string]hcldec.Spec{} }

func wideSpec() map[string]hcldec.Spec {
	spec := map[string]hcldec.Spec{}
	kinds := []cty.Type{cty.String, cty.Number, cty.Bool, cty.List(cty.String), cty.Map(cty.String), cty.List(cty.List(cty.Number))}
	for i := 0; i < 300; i++ {
		name := fmt.Sprintf("attribute_%03d", i)
		spec[name] = attribute(name, kinds[i%len(kinds)])
	}
	return spec
}

func deepSpec() map[string]hcldec.Spec {
	inner := hcldec.ObjectSpec{"name": attribute("name", cty.String)}
	for i := 0; i < 6; i++ {
		inner = hcldec.ObjectSpec{
			"name": attribute("name", cty.String),
			"one":  &hcldec.BlockSpec{TypeName: "one", Nested: inner},
			"many": &hcldec.BlockListSpec{TypeName: "many", Nested: inner},
		}
	}
	return inner
}

func strictSpec() map[string]hcldec.Spec {
	return map[string]hcldec.Spec{
		"needed": &hcldec.AttrSpec{Name: "needed", Type: cty.String, Required: true},
		"block": &hcldec.BlockSpec{TypeName: "block", Required: true, Nested: hcldec.ObjectSpec{
			"needed": &hcldec.AttrSpec{Name: "needed", Type: cty.Number, Required: true},
		}},
	}
}

// Neither gob nor protobuf can carry it.
func dynamicSpec() map[string]hcldec.Spec {
	return map[string]hcldec.Spec{"anything": attribute("anything", cty.DynamicPseudoType)}
}

// Gob can carry it, protobuf cannot.
func objectSpec() map[string]hcldec.Spec {
	return map[string]hcldec.Spec{"thing": attribute("thing", cty.Object(map[string]cty.Type{"name": cty.String}))}
}
