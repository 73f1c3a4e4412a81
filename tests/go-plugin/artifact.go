package main

import (
	"errors"
	"math"
	"os"
	"strings"
	"time"
)

// artifact is what a component of ours leaves behind.
type artifact struct {
	maker  string
	config Config
	state  map[string]interface{}
}

func (a *artifact) BuilderId() string { return "tintype.probe." + a.maker }
func (a *artifact) Files() []string   { return a.config.Files }
func (a *artifact) Id() string        { return a.config.Id }
func (a *artifact) String() string    { return "thing " + a.config.Id + " of " + a.maker }

func (a *artifact) State(name string) interface{} { return a.state[name] }

func (a *artifact) Destroy() error {
	if a.config.Destroyed != "" {
		if err := appendLine(a.config.Destroyed, "destroyed "+a.config.Id); err != nil {
			return err
		}
	}
	if a.config.DestroyError != "" {
		return errors.New(a.config.DestroyError)
	}
	return nil
}

// image is a struct in a state, renamed by tags as the SDK's registry images are.
type image struct {
	ImageID string
	Labels  map[string]string
	Region  string `mapstructure:"ProviderRegion" codec:"ProviderRegion"`
}

// states has one of every type that the wire knows.
func states() map[string]interface{} {
	return map[string]interface{}{
		"string": "text", "empty": "", "bytes": []byte{0, 255}, "bool": true,
		"127": 127, "128": 128, "255": 255, "256": 256, "2^31": 1 << 31, "-32": -32, "-33": -33, "least": math.MinInt64,
		"uint8": uint8(200), "uint32": uint32(200), "uint64": uint64(math.MaxUint64),
		"float64": 1.5, "whole": 2.0, "float32": float32(0.25),
		"list": []string{"a", "b"}, "none": []string{}, "mixed": []interface{}{"a", 1, nil, true},
		"map": map[string]string{"key": "value"}, "nested": map[string]interface{}{"list": []int{1, 2}, "map": map[string]interface{}{"deep": 1.25}},
		"time": time.Unix(1700000000, 5).UTC(), "seconds": time.Unix(1700000000, 0).UTC(), "early": time.Unix(-5, 7).UTC(),
		"31": strings.Repeat("x", 31), "32": strings.Repeat("x", 32), "255 long": strings.Repeat("x", 255),
		"256 long": strings.Repeat("x", 256), "65536 long": strings.Repeat("x", 65536), "not text": "\xff\xfe",
		"par.artifact.metadata": image{ImageID: "i-1", Labels: map[string]string{"os": "none"}, Region: "here"},
	}
}

func appendLine(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(line + "\n"); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
