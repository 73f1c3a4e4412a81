// A plugin for tests: every kind of component, as default and as named ones, written against the plugin SDK. What a component
// does is told by its options: `do` is a list of verbs (see verbs.go), so that a test is a template and nothing is built twice.
// With `host` as its argument it
// is a host instead, to try plugins of ours with the SDK's own client (host.go).
// One source for two generations of the SDK: go.mod has the latest; sdk-0.5.mod, with the tag sdk05, the last without protobuf.
package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/packer-plugin-sdk/plugin"
	"github.com/hashicorp/packer-plugin-sdk/version"
)

// Set by the linker where a test wants other versions.
var (
	number     = "1.2.3"
	prerelease = ""
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "host" {
		if err := runHost(); err != nil {
			tell("failed", err.Error())
			os.Exit(1)
		}
		return
	}
	set := plugin.NewSet()
	set.SetVersion(version.InitializePluginVersion(number, prerelease))
	for _, name := range []string{plugin.DEFAULT_NAME, "second"} {
		set.RegisterBuilder(name, &builder{})
		set.RegisterProvisioner(name, &provisioner{})
		set.RegisterPostProcessor(name, &postProcessor{})
		set.RegisterDatasource(name, &source{})
	}
	// Builders whose specification is the point; what they build is nothing.
	set.RegisterBuilder("empty", &shaped{spec: emptySpec})
	set.RegisterBuilder("wide", &shaped{spec: wideSpec})
	set.RegisterBuilder("deep", &shaped{spec: deepSpec})
	set.RegisterBuilder("strict", &shaped{spec: strictSpec})
	set.RegisterBuilder("dynamic", &shaped{spec: dynamicSpec})
	set.RegisterBuilder("object", &shaped{spec: objectSpec})
	if err := set.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
