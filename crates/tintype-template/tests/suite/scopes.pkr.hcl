=== what is unknown where ===
variable "v" {
  default = 1
}
locals {
  s = "n-${source.name}"
  t = source.type
  v = packer.versionFingerprint
}
#> [local.s]
#= <unknown>
#> local.v
#= <unknown>
#> source.name
#= <unknown>

=== build has no attributes ===
locals {
  a = build.name
# Error: Unsupported attribute @ locals
  b = build.ID
# Error: Unsupported attribute
  c = source.nope
# Error: Unsupported attribute
}
#> build.name
#= Unsupported attribute

=== the console has no data ===
data "null" "d" {
  input = "x"
}
#> data
#= Unknown variable

=== a text in double braces is text ===
source "null" "a" {
  ssh_host = "{{ build_name }}"
}
build {
  sources = ["null.a"]
}
#> plan
#= null.a: null {ssh_host="{{ build_name }}"} [a null]
