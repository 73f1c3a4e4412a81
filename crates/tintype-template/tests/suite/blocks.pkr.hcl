=== names of required plugins ===
packer {
  required_plugins {
    a_b = { version = "1.0.0", source = "github.com/x/y" }
# Error: Invalid plugin local name
    c = { version = "1.0.0", source = "https://github.com/x/y" }
# Error: Failed to parse source
    d = { version = "1.0.0", source = "/github.com/x/y" }
# Error: Failed to parse source
    e = { version = "1.0.0", source = "x/y" }
# Error: Failed to parse source
    f = { version = ">= 1.0.0-beta1", source = "github.com/x/y" }
# Error: Invalid version constraint
    g = { version = "1.0.0", source = "github.com/x/packer-plugin-y" }
# Error: Failed to parse source
    h = { version = "1.0.0", source = "github.com/x/y", more = 1 }
# Error: Invalid required_plugins object
  }
}

=== what a local needs ===
local "a" {
}
# Error: Missing required argument
local "b" {
  expression = 1
  sensitive  = var.x
# Error: Variables not allowed
}
local "c" {
  expression  = 1
  description = "x"
# Error: Unsupported argument
}

=== a variable takes these and no others ===
variable "v" {
  type        = string
  default     = "x"
  description = "text"
  sensitive   = false
  colour      = "blue"
# Error: Unsupported argument
  validation {
    condition     = var.v != ""
    error_message = "Not empty, please."
  }
  check {}
# Error: Unsupported block type
}
variables {
  a = 1
  b = ["x"]
}
variable "bad-type" {
  type = list
# Error: Invalid type specification
}
variable "quoted" {
  type = "string"
# Error: Invalid type specification
}
variable "call" {
  type = set(strin)
# Error: Invalid type specification
}

=== the last source of a value counts, and only it is checked ===
#: env PKR_VAR_a=one
#: var a=good
variable "a" {
  type    = string
  default = "bad"
  validation {
    condition     = var.a == "good"
    error_message = "Must be good."
  }
}
#> var.a
#= good

=== texts from flags are texts or expressions ===
#: var s=[1]
#: var n=12
#: var b=true
#: var l=["a"]
#: var any={}
variable "s" {
  type = string
}
variable "n" {
  type = number
}
variable "b" {
  type = bool
}
variable "l" {
  type = list(string)
}
variable "any" {
  type = any
}
#> [var.s, var.n, var.b, var.l, var.any]
#= [
#=   "[1]",
#=   12,
#=   true,
#=   [
#=     "a",
#=   ],
#=   "{}",
#= ]

=== names of data, and of what is not there ===
data "null" "1x" {
# Error: Invalid data resource name
}
data "n ull" "x" {
# Error: Invalid data source name
}

=== the graph names what is missing ===
locals {
  a = local.nope
}
#! Error: failed to prepare execution graph @ t.pkr.hcl:2

=== a step too few is no reference ===
locals {
  a = local
  b = [for local in [{ c = 1 }] : local.c]
}
#> local.b
#= [
#=   1,
#= ]

=== patterns of only ===
#: only null.?,*.[bc]
source "null" "a" {}
source "null" "b" {}
source "null" "d2" {}
build {
  sources = ["null.a", "null.b", "null.d2"]
}
#> plan
#= null.a: null {} [a null]
#= null.b: null {} [b null]

=== a local name of a source ===
source "null" "a" {}
build {
  name = "n"
  source "null.a" {
    name = "west"
  }
  provisioner "shell" {
    only   = ["null.west"]
    inline = ["${source.name}"]
    override = {
      west = { inline = ["w"] }
      a    = { inline = ["never"] }
    }
  }
}
#> plan
#= n.null.west: null {} [a null]
#=   provisioner[0] shell {inline=["west"]} + {inline=["w"]}

=== source in arguments of the language ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    name = source.name
# Error: Unsuitable value type
  }
}

=== build in bodies is a placeholder that is known ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    inline = ["${build.name}-${build.ID == "<unknown>"}-${build.Host}"]
  }
  provisioner "shell" {
    inline = [build.Nope]
# Error: Unsupported attribute
  }
}

=== blocks of other kinds are accepted ===
communicator "ssh" "x" {
  anything = 1
}
source "null" "a" {}
build {
  sources = ["null.a"]
  from "t" {}
}
#> plan
#= null.a: null {} [a null]

=== two cleaners ===
source "null" "a" {}
build {
  sources = ["null.a"]
  error-cleanup-provisioner "shell" {}
  error-cleanup-provisioner "shell" {}
# Error: Only one error-cleanup-provisioner is allowed
}

=== dynamic blocks are not for these ===
variable "v" {
  default = 1
  dynamic "validation" {
# Error: Unsupported block type
    for_each = []
    content {}
  }
}
packer {
  dynamic "required_plugins" {
# Error: Unsupported block type
    for_each = []
    content {}
  }
}

=== labels of dynamic blocks ===
source "null" "a" {}
build {
  sources = ["null.a"]
  dynamic "provisioner" {
    for_each = ["x"]
    labels   = ["shell", "more"]
# Error: Extraneous dynamic block label
    content {}
  }
  dynamic "provisioner" {
# Error: Insufficient dynamic block labels
    for_each = ["x"]
    content {}
  }
  dynamic "provisioner" {
    for_each = 5
# Error: Invalid dynamic for_each value
    labels = ["shell"]
    content {}
  }
}
