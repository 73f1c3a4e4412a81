=== any order and several blocks ===
locals {
  c = "${local.b}c"
}
local "secret" {
  expression = "hide-${1 + 1}"
  sensitive  = true
}
locals {
  a    = "a"
  b    = "${local.a}b"
  t    = [for local in ["x"] : local]
  same = local["a"]
}
#> [local.c, local.secret, local.t, local.same]
#= [
#=   "abc",
#=   "hide-2",
#=   [
#=     "x",
#=   ],
#=   "a",
#= ]
#> secrets
#= hide-2

=== shape ===
locals "x" {
# Error: Extraneous label for locals
  a = 1
}
locals {
  b {
# Error: Unexpected "b" block @ locals
  }
}
local {
# Error: Missing name for local
  expression = 1
}
local "c" {
  expression  = 1
  description = "x"
# Error: Unsupported argument @ local "c"
}
local "d" {
}
# Error: Missing required argument
local "e f" {
# Error: Invalid local name
  expression = 1
}

=== twice in one block is a matter of syntax ===
locals {
  g = 1
  g = 2
# Error: Attribute redefined @ locals
}

=== names are unique ===
locals {
  a = 1
}
locals {
  a = 2
# Error: Duplicate local definition @ locals
}
local "a" {
# Error: Duplicate local definition @ local "a"
  expression = 3
}

=== a variable and a local may share a name ===
variable "a" {
  default = "variable"
}
locals {
  a = "local"
}
#> "${var.a} ${local.a}"
#= variable local

=== no order ===
locals {
  a = local.b
# Error: failed to prepare execution graph @ locals
  b = local.a
  s = "${local.s}x"
# Error: failed to prepare execution graph
  n = local.nope
# Error: failed to prepare execution graph
  d = data.null.nope.output
# Error: failed to prepare execution graph
}
source "null" "x" {
  communicator = local.a
}
build {
  sources = ["null.x"]
}

=== one mistake is one finding ===
locals {
  a = 1 + "x"
# Error: Invalid operand @ locals
  b = local.a + 1
  c = var.nope
# Error: Unsupported attribute
  d = 2
}
#> local.d
#= 2
#> inspect
#= Packer Inspect: HCL2 mode
#=
#= > input-variables:
#=
#=
#= > local-variables:
#=
#= local.b: "<unknown>"
#= local.d: "2"
#=
#= > builds:
#=

=== the word alone is no reference ===
locals {
  a = 1
  k = can_not_exist ? 1 : 2
# Error: Unknown variable
}

=== sequential evaluation ===
#: sequential
locals {
  c = "${local.b}c"
  b = "${local.a}b"
  a = "a"
}
#> local.c
#= abc

=== sequential evaluation has its limit ===
#: sequential
locals {
  a = local.b
# Error: Max local recursion depth exceeded. @ locals
  b = local.a
}

=== which ordinary chains do not meet ===
#: sequential
locals {
  l10 = local.l9 + 1
  l9  = local.l8 + 1
  l8  = local.l7 + 1
  l7  = local.l6 + 1
  l6  = local.l5 + 1
  l5  = local.l4 + 1
  l4  = local.l3 + 1
  l3  = local.l2 + 1
  l2  = local.l1 + 1
  l1  = 1
}
#> local.l10
#= 10

=== sequential evaluation knows no graph ===
#: sequential
locals {
  a = local.nope
# Error: Unsupported attribute
}

=== what hangs on no knot is evaluated all the same ===
locals {
  a = local.b
# Error: failed to prepare execution graph
  b = local.a
  c = local.a + 1
  d = 1 + "x"
# Error: Invalid operand
  e = "fine"
}
data "null" "never_asked" {
  input = "x"
}
data "oracle" "o" {
# Error: Unknown data type oracle
  input = local.a
}
locals {
  f = data.null.never_asked.output
}
#> [local.e]
#= [
#=   "fine",
#= ]
#> local.f
#= <unknown>
