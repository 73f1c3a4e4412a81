=== later kinds of sources win ===
#: path .
#: env PKR_VAR_a=env
#: env PKR_VAR_b=env
#: env PKR_VAR_c=env
#: env PKR_VAR_d=env
#: var-file f1.pkrvars.hcl
#: var-file f2.json
#: var d=flag
#: var e=first
#: var e=last
variables {
  z = "default"
  a = "default"
  b = "default"
  c = "default"
  d = "default"
  e = "default"
  f = "default"
  g = "default"
}
--- x.auto.pkrvars.hcl ---
b = "auto"
c = "auto"
g = "auto"
--- a.auto.pkrvars.json ---
{"g": "auto-json"}
--- plain.pkrvars.hcl ---
z = "never read"
--- f1.pkrvars.hcl ---
c = "file1"
f = "file1"
--- f2.json ---
{"f": "${not.a.template}"}
#> "${var.z} ${var.a} ${var.b} ${var.c} ${var.d} ${var.e} ${var.f} ${var.g}"
#= default env auto file1 flag last ${not.a.template} auto-json

=== automatic files count for directories only ===
variable "a" {
  default = "default"
}
--- x.auto.pkrvars.hcl ---
a = "auto"
#> var.a
#= default

=== text or expression is decided by the type ===
#: var n=1.50
#: var b=true
#: var l=["x", 1]
#: var m={k = "v"}
#: var s=["not", "parsed"]
#: var e=
#: env PKR_VAR_q="quoted"
#: env PKR_VAR_A=upper
variable "n" {
  type = number
}
variable "b" {
  type = bool
}
variable "l" {
  type = list(string)
}
variable "m" {
  type = map(string)
}
variable "s" {
  type = string
}
variable "e" {
  default = "x"
}
variable "q" {}
variable "a" {
  default = "case counts"
}
#> [var.n, var.b, var.l, var.m["k"], var.s, var.e, var.q, var.a]
#= [
#=   1.5,
#=   true,
#=   [
#=     "x",
#=     "1",
#=   ],
#=   "v",
#=   "[\"not\", \"parsed\"]",
#=   "",
#=   "\"quoted\"",
#=   "case counts",
#= ]

=== values that do not suit ===
#: env PKR_VAR_e=abc
#: var n=abc
#: var b=yes
#: var l=[1,
#: var r=[var.n]
#: var nope=1
#: var-file f.hcl
variable "e" {
  default = 1
}
variable "n" {
  type = number
}
variable "b" {
  type = bool
}
variable "l" {
  type = list(number)
}
variable "r" {
  type = list(number)
}
variable "f" {
  type = list(number)
}
variable "g" {
  default = 1
}
variable "h" {
  default = 1
}
--- f.hcl ---
f = ["one"]
# Error: Invalid value for variable
g = upper("x")
# Error: Function calls not allowed
h = var.g
# Error: Variables not allowed
#! Error: Invalid value for variable @ <value for var.e from env>:1
#! Error: Invalid argument value for -var variable @ <value for var.n from arguments>:1
#! Error: Variables not allowed @ <value for var.b from arguments>:1
#! Error: Missing expression @ <value for var.l from arguments>:1
#! Error: Variables not allowed @ <value for var.r from arguments>:1
#! Error: Undefined -var variable

=== names in files that no variable has are silent ===
#: var-file f.hcl
variable "a" {
  default = 1
}
--- f.hcl ---
zz = 1
#> var.a
#= 1

=== or warned of ===
#: var-file f.hcl
#: warn
variable "a" {
  default = 1
}
source "null" "x" {}
build {
  sources = ["null.x"]
}
--- f.hcl ---
zz = 1
# Warning: Undefined variable

=== a declaration in a file of values ends it ===
#: var-file f.hcl
#: var-file g.txt
variable "a" {
  default = 1
}
--- f.hcl ---
a = nope(1)
variable "b" {
# Error: Variable declaration in a .pkrvar file @ variable "b"
  default = 1
}

=== files of values are told by their ending ===
#: var-file g.txt
#: var-file absent.hcl
#: var-file broken.hcl
#: var-file broken.json
#: var-file blocks.hcl
variable "a" {
  default = 1
}
--- g.txt ---
a = 2
--- broken.hcl ---
a =
# Error: Invalid expression
--- blocks.hcl ---
a = 2
b {
# Error: Unexpected "b" block @ b
}
--- broken.json ---
{"a": }
#! Error: Could not guess format of g.txt
#! Error: Failed to read file
#! Error: Missing JSON value @ broken.json:1
