=== chains ===
source "null" "a" {}
build {
  sources = ["null.a"]
  post-processor "manifest" {
    name                = "m"
    keep_input_artifact = "false"
  }
  post-processors {
  }
  post-processors {
    post-processor "checksum" {
      keep_input_artifact = true
    }
    post-processor "manifest" {
      keep_input_artifact = null
      output              = "x"
    }
  }
}
#> plan
#= null.a: null {} [a null]
#=   post-processor[0][0] manifest {} name=m keep=false
#=   post-processor[2][0] checksum {} keep=true
#=   post-processor[2][1] manifest {output="x"}

=== mistakes ===
source "null" "a" {}
build {
  sources = ["null.a"]
  post-processor "manifest" {
    keep_input_artifact = "perhaps"
# Error: Unsuitable value type @ post-processor "manifest"
  }
  post-processor "manifest" {
    only   = ["null.a"]
    except = ["null.a"]
# Error: only one of 'only' or 'except' may be specified
    override = {}
  }
}

=== override is for provisioners ===
source "null" "a" {}
build {
  sources = ["null.a"]
  post-processor "manifest" {
    override = {}
# Error: Unsupported argument @ post-processor "manifest"
  }
}

=== except by name or by type ends a chain ===
#: except t*,checksum
source "null" "f" {}
build {
  sources = ["null.f"]
  post-processors {
    post-processor "manifest" {
      name = "one"
    }
    post-processor "manifest" {
      name = "two"
    }
    post-processor "manifest" {}
  }
  post-processors {
    post-processor "checksum" {}
    post-processor "manifest" {}
  }
  post-processor "checksum" {
    name = "four"
  }
}
#> plan
#= null.f: null {} [f null]
#=   post-processor[0][0] manifest {} name=one
#=   post-processor[2][0] checksum {} name=four
