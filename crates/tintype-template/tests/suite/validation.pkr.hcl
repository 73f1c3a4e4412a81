=== rules hold or do not ===
variable "size" {
  default = 10
# Error: Invalid value for default variable @ variable "size"
  validation {
    condition     = var.size < 5
    error_message = "The size must be small."
  }
  validation {
    condition     = var.size > 0
    error_message = "The size must be positive."
  }
}

=== the value that counts is checked ===
#: var a=3
#: env PKR_VAR_b=3
#: var-file f.hcl
#: var d=7
variable "a" {
  type    = number
  default = 10
  validation {
    condition     = var.a > 5
    error_message = "Too small."
  }
}
variable "b" {
  type    = number
  default = 10
  validation {
    condition     = var.b > 5
    error_message = "Too small!"
  }
}
variable "c" {
  type    = number
  default = 10
  validation {
    condition     = var.c > 5
    error_message = "Is it not too small?"
  }
}
variable "d" {
  type    = number
  default = 1
  validation {
    condition     = var.d > 5
    error_message = "Too small."
  }
}
--- f.hcl ---
c = 3
# Error: Invalid value for varfile variable
#! Error: Invalid value for cmd variable @ <value for var.a from arguments>:1
#! Error: Invalid value for env variable @ <value for var.b from env>:1

=== mistakes in rules ===
variable "other" {
  default = 1
}
variable "a" {
  default = "word"
  validation {
    condition = var.a > var.other
# Error: Invalid reference in variable validation @ variable "a"
    error_message = "No."
  }
  validation {
    condition = true
# Error: Invalid variable validation condition
    error_message = "No."
  }
  validation {
    condition     = var.a != ""
    error_message = "no."
# Error: Invalid validation error message
  }
  validation {
    condition     = var.a != ""
    error_message = "No"
# Error: Invalid validation error message
  }
  validation {
    condition     = var.a != ""
    error_message = ""
# Error: Invalid validation error message
  }
  validation {
    condition     = var.a != ""
    error_message = "No ${var.a}."
# Error: Variables not allowed
  }
  validation {
    error_message = "No."
  }
# Error: Missing required argument
  validation {
    condition = var.a != ""
  }
# Error: Missing required argument
  validation {
    condition     = var.a != ""
    error_message = "No."
    severity      = "warning"
# Error: Unsupported argument
  }
  validation {
    condition = convert(var.a, number) > 1
# Error: Invalid reference in variable validation
    error_message = "No."
  }
}

=== results of rules ===
variable "a" {
  default = "word"
  validation {
    condition = var.a
# Error: Invalid variable validation result
    error_message = "No."
  }
  validation {
    condition = var.a == "word" ? null : true
# Error: Invalid variable validation result
    error_message = "No."
  }
  validation {
    condition = var.a > 1
# Error: Invalid operand
    error_message = "No."
  }
}

=== what has no value is not checked ===
variable "a" {
# Error: Unset variable "a"
  type = number
  validation {
    condition     = var.a > 1
    error_message = "No."
  }
}
