//go:build sdk05

package main

import "github.com/hashicorp/packer-plugin-sdk/rpc"

// This generation of the SDK knows gob alone.
func protobuf(*rpc.Client) { panic("this SDK has no protobuf") }
