//go:build !sdk05

package main

import "github.com/hashicorp/packer-plugin-sdk/rpc"

func protobuf(client *rpc.Client) { client.UseProto = true }
