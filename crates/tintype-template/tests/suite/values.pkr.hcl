=== numbers ===
locals {}
#> 0.1 + 0.2
#= 0.3
#> "${1 / 3}x"
#= 0.33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333335x
#> 1 / 0
#= +Inf
#> 0 / 0
#= Operation failed
#> [-7 % 3, 5 % 0]
#= [
#=   -1,
#=   5,
#= ]
#> "${-0}x"
#= -0x
#> jsonencode([-0, 0 - 0])
#= [-0,0]
#> -0
#= 0
#> [convert("+1", number), convert(".5", number), convert("5.", number), convert("1e3", number)]
#= [
#=   1,
#=   0.5,
#=   5,
#=   1000,
#= ]
#> convert(" 1", number)
#= Invalid function argument
#> convert("1_0", number)
#= Invalid function argument
#> convert("0x1", number)
#= Invalid function argument
#> 123456789012345678901234567890 + 1
#= 1.2345678901234568e+29
#> "${123456789012345678901234567890 + 1}x"
#= 123456789012345678901234567891x
#> "x${1e30}"
#= x1000000000000000000000000000000

=== texts are normalised ===
locals {}
#> length("é") == length("é")
#= true
#> "é" == "é"
#= true
#> length("👨‍👩‍👧")
#= 1

=== conversion ===
locals {}
#> convert([1, true, "x"], list(string))
#= [
#=   "1",
#=   "true",
#=   "x",
#= ]
#> convert("true", bool) && convert("1", bool) && !convert("false", bool) && !convert("0", bool)
#= true
#> convert("True", bool)
#= Invalid function argument
#> convert(1, bool)
#= Invalid function argument
#> convert(true, number)
#= Invalid function argument
#> convert(["b", "a", "b"], set(string))
#= [
#=   "a",
#=   "b",
#= ]
#> convert({ a = 1, b = 2 }, object({ a = string }))
#= {
#=   "a" = "1"
#= }
#> convert({ b = 2 }, object({ a = string }))
#= Invalid function argument
#> convert([1], tuple([string, string]))
#= Invalid function argument
#> convert(null, list(string)) == null
#= true
#> convert({ a = 1, b = "x" }, map(any))
#= {
#=   "a" = "1"
#=   "b" = "x"
#= }

=== operators ===
locals {}
#> "5" + 1
#= 6
#> 1 < "2"
#= true
#> "a" < "b"
#= Invalid operand
#= Invalid operand
#> ["1" == 1, 1 == 1.0, [1] == [1], null == null, { a = 1 } == { a = 1 }, [1] != [2]]
#= [
#=   false,
#=   true,
#=   true,
#=   true,
#=   true,
#=   true,
#= ]
#> null + 1
#= Operation failed
#> null && true
#= false
#> true && null
#= false
#> null || true
#= true
#> null || false
#= Operation failed
#> nope || true
#= true
#> true || nope
#= true
#> true || "x"
#= Invalid operand
#> !null
#= Operation failed
#> -"x"
#= Invalid operand

=== conditionals ===
locals {}
#> true ? 1 : nope
#= 1
#> "true" ? 1 : "a"
#= 1
#> jsonencode(true ? 1 : "a")
#= "1"
#> null ? 1 : 2
#= Null condition
#> "x" ? 1 : 2
#= Incorrect condition type
#> true ? [1] : { a = 1 }
#= Inconsistent conditional result types
#> true ? null : 1
#= null
#> jsonencode(true ? [1, "a"] : [2])
#= ["1","a"]

=== parts ===
locals {}
#> { a = 1 }.a + { a = 1 }["a"]
#= 2
#> { a = 1 }.b
#= Unsupported attribute
#> { a = 1 }["b"]
#= Invalid index
#> convert({ a = 1 }, map(number)).b
#= Missing map element
#> convert({ a = 1 }, map(number))["b"]
#= Invalid index
#> [5, 6]["1"]
#= 6
#> convert(["a"], set(string))[0]
#= Invalid index
#> null[0]
#= Attempt to index null value
#> null.a
#= Attempt to get attribute from null value
#> convert(null, list(string))[*]
#= Splat of null value

=== calls ===
locals {}
#> upper()
#= Not enough function arguments
#> upper("a", "b")
#= Too many function arguments
#> upper(null)
#= Invalid function argument
#> upper([1])
#= Invalid function argument
#> parseint("zz", 10)
#= Invalid function argument
#> max()
#= Error in function call
#> max([1, 3, 2]...)
#= 3
#> max(null...)
#= Invalid expanding argument value
#> max("x"...)
#= Invalid expanding argument value
#> uper("a")
#= Call to unknown function
#> tostring(1)
#= Call to unknown function

=== what is unknown ===
variable "unset" {
# Error: Unset variable "unset"
  type = object({ a = string, l = list(number) })
}
#> source.name
#= <unknown>
#> var.unset.a
#= <unknown>
#> var.unset.nope
#= Unsupported attribute
#> upper(var.unset.a)
#= <unknown>
#> upper(var.unset.l)
#= Invalid function argument
#> "x${var.unset.a}"
#= <unknown>
#> "x${var.unset.a}" == null
#= false
#> upper(var.unset.a) == null
#= false
#> var.unset.a == "x"
#= <unknown>
#> [for n in var.unset.l : n]
#= <unknown>
#> var.unset.l[*]
#= <unknown>
#> var.unset.a == "x" ? 1 : 2
#= <unknown>
#> var.unset.a == "x" ? [1] : { a = 1 }
#= Inconsistent conditional result types
#> length([source.name, source.type])
#= 2
#> false && var.unset.a == "x"
#= false
#> packer.versionFingerprint
#= <unknown>
#> try(source.name, 1)
#= <unknown>
