=== texts of sensitive values ===
#: var c=from-flag
variable "creds" {
  default = {
    user = "alice"
    port = 4711
    pass = ["one", "two", ""]
  }
  sensitive = true
}
variable "c" {
  default   = "unused default"
  sensitive = true
}
variable "plain" {
  default = "plain"
}
variable "n" {
  default   = 5
  sensitive = true
}
local "l" {
  expression = "multi\nline"
  sensitive  = true
}
#> secrets
#= one
#= two
#= alice
#= from-flag
#= multi
#= line
