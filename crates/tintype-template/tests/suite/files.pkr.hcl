=== a directory is one template, native syntax first ===
#: path d
--- d/b.pkr.hcl ---
source "null" "a" {
  communicator = local.c
}
build {
  name    = "b"
  sources = ["null.a"]
}
--- d/a.pkr.json ---
{"locals": {"c": "json"}, "build": {"name": "json", "sources": ["null.a"]}}
--- d/10.pkr.hcl ---
build {
  name    = "ten"
  sources = ["null.a"]
}
--- d/2.pkr.hcl ---
build {
  name    = "two"
  sources = ["null.a"]
}
--- d/.hidden.pkr.hcl ---
locals {
  hidden = "read, too"
}
--- d/notes.hcl ---
nonsense {
--- d/sub/more.pkr.hcl ---
nonsense {
#> plan
#= ten.null.a: null {communicator="json"} [a null]
#= two.null.a: null {communicator="json"} [a null]
#= b.null.a: null {communicator="json"} [a null]
#= json.null.a: null {communicator="json"} [a null]
#> "${path.root} ${local.hidden}"
#= d read, too

=== path.root of a file is tidy, of a directory as typed ===
#: path ./d/../d/t.pkr.hcl
--- d/t.pkr.hcl ---
locals {}
#> path.root
#= d

=== of a directory ===
#: path ./d/
--- d/t.pkr.hcl ---
locals {}
#> path.root
#= ./d/

=== beside it ===
locals {}
#> path.root
#= .
#> packer.version
#= 1.16.0
#> packer.iterationID
#= <unknown>

=== names of files are tidy ===
#: path ./d/
--- d/t.pkr.hcl ---
locals {
  a = nope
# Error: Unknown variable @ locals
}

=== an empty directory ===
#: path d
--- d/notes.txt ---
nothing
#! Error: Could not find any config file in d

=== nothing there ===
#: path absent.pkr.hcl
#! Error: Failed to read file

=== syntax errors of all files, and nothing else ===
#: path .
--- a.pkr.hcl ---
locals {
  a = "x" bad
# Error: Missing newline after argument @ locals
}
nonsense {}
--- b.pkr.hcl ---
build {
  name = 
# Error: Invalid expression @ build
}

=== shape errors of all files ===
#: path .
varable "x" {
# Error: Unsupported block type
}
top = 1
# Error: Unsupported argument
--- u.pkr.hcl ---
source "a" {
# Error: Missing name for source
}
