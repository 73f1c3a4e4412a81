=== types convert ===
variable "s" {
  type    = string
  default = 5
}
variable "n" {
  type    = number
  default = "12.50"
}
variable "ls" {
  type    = list(string)
  default = [1, true, "x"]
}
variable "o" {
  type    = object({ a = string, b = list(number) })
  default = { a = 1, b = ["3"], dropped = true }
}
variable "any" {
  type    = any
  default = [1, "a"]
}
#> [var.s, var.n, var.ls, var.o, var.any]
#= [
#=   "5",
#=   12.5,
#=   [
#=     "1",
#=     "true",
#=     "x",
#=   ],
#=   {
#=     "a" = "1"
#=     "b" = [
#=       3,
#=     ]
#=   },
#=   [
#=     1,
#=     "a",
#=   ],
#= ]

=== optional attributes get their defaults ===
variable "o" {
  type = object({
    name = string
    size = optional(number, 40)
    tags = optional(map(string))
    disk = optional(object({ kind = optional(string, "ssd") }), {})
  })
  default = { name = "x", size = null }
}
#> var.o
#= {
#=   "disk" = {
#=     "kind" = "ssd"
#=   }
#=   "name" = "x"
#=   "size" = 40
#= }

=== without a type the default gives it ===
variable "pair" {
  default = ["a"]
}
variable "nothing" {
  default = null
}
variable "empty" {
  default = []
}
#: var empty=text
#: var nothing=[1]
#> [var.pair, var.nothing, var.empty]
#= [
#=   [
#=     "a",
#=   ],
#=   "[1]",
#=   "text",
#= ]

=== a tuple from the default takes no longer one ===
variable "pair" {
  default = ["a"]
}
#: var pair=["a", "b"]
#! Error: Invalid argument value for -var variable @ <value for var.pair from arguments>:1

=== all that is wrong with declarations ===
variable "a b" {
# Error: Invalid variable name @ variable "a b"
  default = 1
}
variable "x" {
  defualt = 1
# Error: Unsupported argument @ variable "x"
}
variable "y" {
  default   = "y"
  sensitive = "perhaps"
# Error: Unsuitable value type @ variable "y"
}
variable "z" {
  default     = "z"
  description = var.y
# Error: Variables not allowed @ variable "z"
}
variable "t" {
  type = list
# Error: Invalid type specification @ variable "t"
  default = []
}
variable "q" {
  type = "string"
# Error: Invalid type specification
}
variable "k" {
  type = text
# Error: Invalid type specification
}
variable "op" {
  type = optional(string)
# Error: Invalid type specification
}
variable "n" {
  type    = number
  default = "many"
# Error: Invalid default value for variable @ variable "n"
}
variable "ob" {
  type    = object({ a = string, b = string })
  default = { a = "x" }
# Error: Invalid default value for variable
}
variable "l" {
  type    = string
  default = ["a"]
# Error: Invalid default value for variable
}
variable "v" {
  default = var.x
# Error: Variables not allowed
}
variable "f" {
  default = upper("x")
# Error: Call to unknown function
}
variable {
# Error: Missing name for variable
}
variable "one" "two" {
# Error: Extraneous label for variable
}

=== null does not suit arguments of the language ===
variable "a" {
  default     = 1
  description = null
# Error: Unsuitable value type @ variable "a"
  sensitive = null
# Error: Unsuitable value type
}

=== names are unique over both kinds of blocks and all files ===
#: path .
variable "a" {
  default = 1
}
variable "a" {
# Error: Duplicate variable @ variable "a"
  default = 2
}
variables {
  a = 3
# Error: Duplicate variable @ variables
  b = 4
}
--- u.pkr.hcl ---
variable "b" {
# Error: Duplicate variable @ variable "b"
  default = 5
}

=== a block of variables ===
variables {
  a = "x"
  b = [1, 2]
}
#: var b=[3, 4]
#> [var.a, var.b]
#= [
#=   "x",
#=   [
#=     3,
#=     4,
#=   ],
#= ]

=== a block of variables takes no blocks ===
variables {
  a {
# Error: Unexpected "a" block @ variables
  }
}

=== env is for defaults ===
#: env KIND=gold
variable "kind" {
  default = "a-${env("KIND")}"
}
variable "none" {
  default = env("NO_SUCH_NAME")
}
locals {
  x = env("KIND")
# Error: Call to unknown function @ locals
}
#> "${var.kind}|${var.none}"
#= a-gold|

=== every variable needs a value ===
variable "a" {
# Error: Unset variable "a" @ variable "a"
  type = string
}
variable "b" {}
# Error: Unset variable "b"
variable "c" {
  default = null
}
#> [var.a]
#= <unknown>
#> var.c == null
#= true

=== one bad default does not cause other findings ===
variable "a" {
  type    = number
  default = "x"
# Error: Invalid default value for variable
}
locals {
  b = var.a + 1
}
