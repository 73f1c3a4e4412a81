=== tokens ===
locals {
  plain   = [01, 1.50, 1e3, 1.5E-2, 1.e5]
  dashes  = { a-1 = 1 }
  minus   = 3 - 1
  é_name  = "é"
  comment = 1 /* between */ + /* and */ 1 # the end
}
// another
/* and
another */
#> local.plain
#= [
#=   1,
#=   1.5,
#=   1000,
#=   0.015,
#=   100000,
#= ]
#> local.dashes["a-1"]
#= 1
#> local.minus
#= 2
#> local.é_name
#= é
#> local.comment
#= 2

=== what is no token ===
locals {
  a = 1;
# Error: Invalid character @ locals
  b = 'x'
# Error: Invalid character
  c = `x`
# Error: Invalid character
  d = “x”
# Error: Invalid character
  e = 1 & 2
# Error: Unsupported operator
  f = 1 | 2
# Error: Unsupported operator
  g = 2 ^ 3
# Error: Unsupported operator
  h = ~1
# Error: Unsupported operator
  i = .5
# Error: Invalid expression
  j = 0x10
# Error: Missing newline after argument
}

=== bodies ===
locals {
  a = 1
  a = 2
# Error: Attribute redefined @ locals
}
locals { b = 1 }
locals { c = 1, d = 2 }
# Error: Invalid single-argument block definition
locals { e = 1 f = 2 }
# Error: Invalid single-argument block definition
local "x"
# Error: Invalid block definition
{
}
locals {
  g = 1,
# Error: Unexpected comma after argument
}

=== expressions end with their line ===
locals {
  a = true ?
# Error: Invalid expression @ locals
    1 : 2
  b = 1 +
# Error: Invalid expression
    2
  c = (1 +
    2)
  d = [
    1,
    2,
  ]
  e = max(
    1,
    2
  )
  f = "${
    1 + 2
  }"
}

=== keys of objects ===
variable "k" {
  default = "key"
}
locals {
  a = { true = 1, null = 2, for-x = 3, "for" = 4, (var.k) = 5, 6 = 6, "${var.k}2" = 7, upper("x") = 8, y : 9, }
  b = { a = 1, a = 2 }
  c = {
    x = 1
    y = 2,
    z = 3
  }
  d = { var.k = 1 }
# Error: Ambiguous attribute key @ locals
}
#> keys({ true = 1, null = 2, "for" = 4, 6 = 6, y : 9 })
#= [
#=   "6",
#=   "for",
#=   "null",
#=   "true",
#=   "y",
#= ]
#> { a = 1, a = 2 }
#= {
#=   "a" = 2
#= }

=== precedence ===
locals {}
#> true || false && false
#= true
#> 1 + 2 * 3 - 4 / 2
#= 5
#> -2 * -3
#= 6
#> !true == false
#= true
#> 1 < 2 == true
#= true
#> false ? 1 : true ? 2 : 3
#= 2
#> 10 - 3 - 2
#= 5

=== steps and splats ===
locals {
  l = [{ a = [1, 2] }, { a = [3] }]
}
#> local.l.0.a
#= [
#=   1,
#=   2,
#= ]
#> local.l.*.a.0
#= [
#=   1,
#=   3,
#= ]
#> local.l[*].a[0]
#= [
#=   1,
#=   3,
#= ]
#> "x".*
#= [
#=   "x",
#= ]
#> null[*]
#= []
#> local.l.0.a.1
#= 2
#> local.l.*.a.*.b
#= Nested splat expression not allowed
#> [[1]].0.0
#= Invalid legacy index syntax
#> upper ("x")
#= X
#> a::b("x")
#= Call to unknown function

=== for ===
locals {}
#> [for v in [3, 1] : v * 2 if v > 1]
#= [
#=   6,
#= ]
#> { for k, v in { a = 1, b = 1 } : v => k... }
#= {
#=   "1" = [
#=     "a",
#=     "b",
#=   ]
#= }
#> { for k, v in { a = 1, b = 1 } : v => k }
#= Duplicate object key
#> [for v in null : v]
#= Iteration over null value
#> [for v in "x" : v]
#= Iteration over non-iterable value
#> [for k, v in convert(["b", "a"], set(string)) : "${k}${v}"]
#= [
#=   "aa",
#=   "bb",
#= ]

=== quoted templates ===
locals {}
#> "\u00e9\U0001F600\"\\"
#= é😀"\
#> "$${x} %%{ y } $ % $$ $$$${z}"
#= ${x} %{ y } $ % $$ $$${z}
#> "${1}"
#= 1
#> "${[1]}"
#= [
#=   1,
#= ]
#> "a  ${~ 1 ~}  b"
#= a1b
#> "%{ if true }yes%{ else }no%{ endif }%{ for k, v in { a = 1 } }${k}${v}%{ endfor }"
#= yesa1
#> "x${null}"
#= Invalid template interpolation value
#> "x${[1]}"
#= Invalid template interpolation value
#> "\d"
#= Invalid escape sequence
#> "%{ nope }"
#= Invalid template control keyword
#> "%{ if true }"
#= Unexpected end of template
#> "${1 2}"
#= Extra characters after interpolation expression

=== heredocs ===
locals {
  plain = <<E
  a
    b ${1}
  E
  flush = <<-E
      a
    ${2}

	b
    E
  trim = <<-E
    a
    ${~ 3 ~}
    b $${c} \n
  E
}
#> jsonencode([local.plain, local.flush, local.trim])
#= ["  a\n    b 1\n","     a\n   2\n\nb\n","    a\n3    b ${c} \\n\n"]
#> jsonencode(local.plain)
#= "  a\n    b 1\n"

=== recovery tells each mistake once ===
locals {
  a = [1, 2
  b = 3
# Error: Missing item separator @ locals
}
locals {
  c = {
    x = 1 y = 2
# Error: Missing attribute separator
  }
  d = max(1 2)
# Error: Missing argument separator
  e = (1
  f = "${1 2}"
# Error: Unbalanced parentheses
# Error: Extra characters after interpolation expression
  g =
# Error: Invalid expression
  h = { "a" }
# Error: Missing key/value separator
}
