=== every kind of block ===
--- t.pkr.json ---
{
  "//": "ignored",
  "packer": {"required_version": ">= 1.7"},
  "variable": {
    "s": {"type": "string", "default": "x"},
    "l": {"type": "list(number)", "default": [1, "2"]},
    "o": {"type": "object({a = string, b = optional(number, 3)})", "default": {"a": "q"}}
  },
  "variables": {"v": 5},
  "locals": {"t": "${var.s}-y", "n": "${1 + 2}", "raw": [true, null, 1.5, {"k": "v"}]},
  "local": {"z": {"expression": "${var.l}"}},
  "data": {"null": {"d": {"input": "in"}}},
  "source": {"null": {"a": {"communicator": "none", "ssh_host": "${source.name}"}}},
  "build": {
    "name": "b",
    "sources": ["source.null.a"],
    "provisioner": [
      {"shell": {"name": "p1", "inline": ["${data.null.d.output}"], "override": {"a": {"inline": ["x"]}}}},
      {"shell": {"inline": "${[for i in [1, 2] : \"echo ${i}\"]}"}}
    ],
    "post-processor": {"manifest": {"name": "m"}},
    "post-processors": [{"post-processor": [{"manifest": {}}, {"checksum": {"output": "${build.ID}"}}]}]
  }
}
#> plan
#= b.null.a: null {communicator="none", ssh_host="a"} [a null]
#=   provisioner[0] shell {inline=["in"]} + {inline=["x"]} name=p1
#=   provisioner[1] shell {inline=["echo 1", "echo 2"]}
#=   post-processor[0][0] manifest {} name=m
#=   post-processor[1][0] manifest {}
#=   post-processor[1][1] checksum {output="<unknown>"}
#> [var.o, local.n, local.t]
#= [
#=   {
#=     "a" = "q"
#=     "b" = 3
#=   },
#=   3,
#=   "x-y",
#= ]

=== repeated blocks, null, order ===
--- t.pkr.json ---
{
  "locals": [{"a": 1}, {"b": "${local.a + 1}"}],
  "source": [{"null": {"a": {"communicator": "none"}}}, {"null": {"b": [{"communicator": "none"}]}}],
  "build": [{"name": "one", "sources": ["null.b", "null.a"]}, {"name": "two", "sources": ["null.a"]}]
}
#> plan
#= one.null.b: null {communicator="none"} [b null]
#= one.null.a: null {communicator="none"} [a null]
#= two.null.a: null {communicator="none"} [a null]
#> local.b
#= 2

=== dynamic blocks ===
--- t.pkr.json ---
{
  "source": {"null": {"a": {}}},
  "build": {
    "sources": ["null.a"],
    "dynamic": {"provisioner": {
      "for_each": ["x", "y"],
      "iterator": "it",
      "labels": ["shell"],
      "content": {"name": "n-${it.value}", "inline": ["true"]}
    }}
  }
}
#> plan
#= null.a: null {} [a null]
#=   provisioner[0] shell {inline=["true"]} name=n-x
#=   provisioner[1] shell {inline=["true"]} name=n-y

=== rules and references ===
--- t.pkr.json ---
{
  "variable": {
    "a": {"default": 5, "validation": {"condition": "${var.a < 3}", "error_message": "Must be small."}},
    "b": {}
  }
}
#! Error: Invalid value for default variable @ t.pkr.json:3
#! Error: Unset variable "b" @ t.pkr.json:4

=== defaults are constants ===
--- t.pkr.json ---
{"variable": {"a": {"default": "${var.b}"}}}
#! Error: Variables not allowed @ t.pkr.json:1

=== types are text ===
--- t.pkr.json ---
{"variable": {"a": {"type": ["string"], "default": "x"}}}
#! Error: Invalid type specification @ t.pkr.json:1

=== a root of another kind ===
--- t.pkr.json ---
"locals"
#! Error: Root value must be object @ t.pkr.json:1

=== unknown properties ===
--- t.pkr.json ---
{"localz": {"a": 1}}
#! Error: Extraneous JSON object property @ t.pkr.json:1

=== findings name the block ===
--- t.pkr.json ---
{
  "locals": {
    "a": "${1 + \"x\"}"
  }
}
#! Error: Invalid operand @ t.pkr.json:3 in locals
