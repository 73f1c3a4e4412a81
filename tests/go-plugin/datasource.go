package main

import (
	"fmt"
	"math/big"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"
)

type source struct{ prepared }

func (s *source) Configure(layers ...interface{}) error { return s.prepare(layers...) }

func outputs() map[string]hcldec.Spec {
	spec := map[string]hcldec.Spec{}
	attributes(cty.String, spec, "text", "missing")
	attributes(cty.Number, spec, "number", "ratio", "huge")
	attributes(cty.Bool, spec, "flag")
	attributes(cty.List(cty.String), spec, "words", "none")
	attributes(cty.List(cty.List(cty.String)), spec, "rows")
	attributes(cty.Map(cty.String), spec, "tags")
	spec["part"] = &hcldec.BlockSpec{TypeName: "part", Nested: hcldec.ObjectSpec((*FlatPart)(nil).HCL2Spec())}
	spec["disk"] = &hcldec.BlockListSpec{TypeName: "disk", Nested: hcldec.ObjectSpec((*FlatDisk)(nil).HCL2Spec())}
	return spec
}

func (s *source) OutputSpec() hcldec.ObjectSpec { return outputs() }

func words(all ...string) cty.Value {
	if len(all) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	var values []cty.Value
	for _, one := range all {
		values = append(values, cty.StringVal(one))
	}
	return cty.ListVal(values)
}

func part(name string, size int64) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name), "size": cty.NumberIntVal(size)})
}

func (s *source) Execute() (cty.Value, error) {
	said := &teller{}
	if err := (&actor{prepared: &s.prepared, ui: said}).work(s.config.Do); err != nil {
		return cty.NullVal(cty.EmptyObject), err
	}
	switch s.config.Value {
	case "", "full":
	case "null":
		return cty.NullVal(cty.EmptyObject), nil
	case "string":
		return cty.StringVal("only a text"), nil
	case "unknown":
		return cty.ObjectVal(map[string]cty.Value{"text": cty.UnknownVal(cty.String)}), nil
	case "set":
		return cty.ObjectVal(map[string]cty.Value{"text": cty.StringVal("t"), "set": cty.SetVal([]cty.Value{cty.NumberIntVal(2), cty.NumberIntVal(1)})}), nil
	case "config":
		return cty.ObjectVal(map[string]cty.Value{"text": cty.StringVal(s.config.Text), "tags": textMap(s.config.Tags), "words": words(s.config.Words...)}), nil
	case "said":
		return cty.ObjectVal(map[string]cty.Value{"words": words(said.lines...)}), nil
	default:
		return cty.NullVal(cty.EmptyObject), fmt.Errorf("no value %q", s.config.Value)
	}
	huge, _, err := big.ParseFloat("123456789012345678901234567890", 10, 512, big.ToNearestEven)
	if err != nil {
		return cty.NilVal, err
	}
	return cty.ObjectVal(map[string]cty.Value{
		"text":    cty.StringVal("from the source: " + s.config.Text),
		"missing": cty.NullVal(cty.String),
		"number":  cty.NumberIntVal(42),
		"ratio":   cty.NumberFloatVal(1.5),
		"huge":    cty.NumberVal(huge),
		"flag":    cty.True,
		"words":   words("one", "two"),
		"none":    words(),
		"rows":    cty.ListVal([]cty.Value{words("a", "b"), words()}),
		"tags":    textMap(map[string]string{"key": "value", "other": ""}),
		"part":    part("root", 8),
		"disk": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
			"name": cty.StringVal("first"), "size": cty.NumberIntVal(-3), "labels": words("x"), "part": cty.ListVal([]cty.Value{part("boot", 1)}),
		})}),
	}), nil
}

func textMap(texts map[string]string) cty.Value {
	if len(texts) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	values := map[string]cty.Value{}
	for key, text := range texts {
		values[key] = cty.StringVal(text)
	}
	return cty.MapVal(values)
}
