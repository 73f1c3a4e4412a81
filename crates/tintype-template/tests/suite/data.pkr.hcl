=== data and locals use each other ===
locals {
  first = "one"
  out   = data.null.b.output
  all   = [for name, answer in data.null : "${name}=${answer.output}"]
}
data "null" "b" {
  input = "${data.null.a.output}-b"
}
data "null" "a" {
  input = "${local.first}-a"
}
#> local.out
#= one-a-b
#> local.all
#= [
#=   "a=one-a",
#=   "b=one-a-b",
#= ]
#> data.null.a
#= Unknown variable

=== what is not asked is unknown, but of its type ===
#: unknown
data "null" "a" {
  input = "x"
}
data "fail" "f" {}
locals {
  n    = data.null.a.output
  f    = data.fail.f.output + 1
  bad  = data.null.a.result
# Error: Unsupported attribute @ locals
  deep = data.null.a.output.deeper
# Error: Unsupported attribute
}
#> local.n
#= <unknown>

=== declarations ===
data "null" "a b" {
# Error: Invalid data resource name
  input = "1"
}
data "no pe" "a" {
# Error: Invalid data source name
  input = "1"
}
data "null" "a" {
  input = "1"
}
data "null" "a" {
# Error: Duplicate data block @ data "null" "a"
  input = "2"
}

=== options are checked ===
#: unknown
data "null" "a" {
# Error: 1 error(s) occurred: Missing required argument @ data "null" "a"
}
data "null" "b" {
  input = "x"
  shade = "y"
# Error: Unsupported argument @ data "null" "b"
}
data "null" "c" {
  input = ["x"]
# Error: Incorrect attribute value type
}
data "oracle" "a" {
# Error: Unknown data type oracle
  x = 1
}
data "null" "d" {
  dynamic "input" {
# Error: Unsupported block type
    for_each = [1]
    content {}
  }
  input = "x"
}

=== a failure stops asking, not evaluating ===
data "fail" "f" {
# Error: nobody answers @ data "fail" "f"
  input = "x"
}
data "null" "n" {
  input = "x${data.fail.f.output}"
}
locals {
  a = data.null.n.output
  b = 1 + "x"
# Error: Invalid operand
}

=== cycles ===
data "null" "a" {
  input = data.null.b.output
}
data "null" "b" {
  input = local.l
}
locals {
  l = data.null.a.output
# Error: failed to prepare execution graph @ locals
}

=== a missing name of a known type in a source ===
data "null" "a" {
  input = "x"
}
source "null" "s" {
  communicator = data.null.b.output
# Error: Missing map element @ source "null" "s"
}
build {
  sources = ["null.s"]
}

=== answers of one type must be of one type ===
data "any" "a" {}
data "any" "b" {
  text = true
}
#! Error: Inconsistent data source types

=== sequential: data knows no locals ===
#: sequential
locals {
  first = "one"
  out   = "${data.null.a.output}-${local.first}"
}
data "null" "d" {
  input = "${local.first}-two"
# Error: Unsupported attribute @ data "null" "d"
}
data "null" "b" {
  input = data.null.a.output
}
data "null" "a" {
  input = "x"
}
#> local.out
#= x-one

=== sequential: cycles ===
#: sequential
data "null" "a" {
# Error: Max datasource recursion depth exceeded.
  input = data.null.b.output
}
data "null" "b" {
  input = data.null.a.output
}
