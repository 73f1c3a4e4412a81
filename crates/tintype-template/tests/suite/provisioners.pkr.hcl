=== all arguments ===
variable "e" {
  default = "v"
}
source "null" "a" {}
source "null" "b" {}
build {
  name    = "n"
  sources = ["null.a", "null.b"]
  # tintype: no_cache twice
  provisioner "shell" {
    name              = "p-${build.name}"
    pause_before      = "10ms"
    timeout           = "1h2m3.5s"
    max_retries       = "2"
    continue_on_error = true
    inline            = ["echo ${build.name} ${build.ID} ${source.type}.${source.name}", 5, true]
    env               = { E = var.e }
    override = {
      b = {
        inline = ["true"]
      }
      nobody = {}
    }
  }
  provisioner "file" {
    pause_before = "-5s"
    timeout      = "0"
    max_retries  = -1
    override     = null
  }
  error-cleanup-provisioner "shell" {
    inline = ["sorry"]
  }
}
#> plan
#= n.null.a: null {} [a null]
#=   provisioner[0] shell {env={E="v"}, inline=["echo n <unknown> null.a", "5", "true"]} name=p-n pause=10ms timeout=3723.5s retries=2 continues policy=no_cache+twice
#=   provisioner[1] file {}
#=   error-cleanup-provisioner shell {inline=["sorry"]}
#= n.null.b: null {} [b null]
#=   provisioner[0] shell {env={E="v"}, inline=["echo n <unknown> null.b", "5", "true"]} + {inline=["true"]} name=p-n pause=10ms timeout=3723.5s retries=2 continues policy=no_cache+twice
#=   provisioner[1] file {}
#=   error-cleanup-provisioner shell {inline=["sorry"]}

=== only and except are exact names of sources ===
source "null" "a" {}
source "null" "b" {}
build {
  name    = "n"
  sources = ["null.a"]
  source "null.b" {
    name = "west"
  }
  provisioner "shell" {
    only = ["null.a"]
  }
  provisioner "shell" {
    except = ["null.a"]
  }
  provisioner "shell" {
    only = ["n.null.a", "null.*", "a", "null.b"]
  }
  provisioner "shell" {
    except = ["n.null.a", "a", "null.b"]
  }
  provisioner "shell" {
    only = []
  }
  provisioner "shell" {
    only = null
  }
  error-cleanup-provisioner "shell" {
    only = ["null.west"]
  }
  post-processor "manifest" {
    only = ["null.west"]
  }
  post-processors {
    post-processor "manifest" {
      except = ["null.west"]
    }
    post-processor "checksum" {}
  }
}
#> plan
#= n.null.a: null {} [a null]
#=   provisioner[0] shell {}
#=   provisioner[3] shell {}
#=   provisioner[4] shell {}
#=   provisioner[5] shell {}
#=   post-processor[1][0] manifest {}
#=   post-processor[1][1] checksum {}
#= n.null.west: null {} [b null]
#=   provisioner[1] shell {}
#=   provisioner[3] shell {}
#=   provisioner[4] shell {}
#=   provisioner[5] shell {}
#=   error-cleanup-provisioner shell {}
#=   post-processor[0][0] manifest {}
#=   post-processor[1][1] checksum {}

=== mistakes in arguments of the language ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    pause_before = "10"
# Error: Failed to parse pause_before duration @ provisioner "shell"
    timeout = "soon"
# Error: Failed to parse timeout duration
    max_retries = "many"
# Error: Unsuitable value type
    continue_on_error = "maybe"
# Error: Unsuitable value type
    name = source.name
# Error: Unsuitable value type
    override = "x"
# Error: provisioner's override block must be an HCL object
  }
  provisioner "shell" {
    max_retries = 1.5
# Error: Unsuitable value type
    name = null
# Error: Unsuitable value type
    only   = ["null.a"]
    except = ["null.b"]
# Error: only one of 'only' or 'except' may be specified
    override = {
# Error: provisioner's override.'a' block must be an HCL object
      a = "x"
    }
  }
  provisioner "shell" {
    name = build.ID
# Error: Unsupported attribute
  }
  error-cleanup-provisioner "shell" {}
  error-cleanup-provisioner "shell" {
# Error: Only one error-cleanup-provisioner is allowed @ error-cleanup-provisioner "shell"
  }
}

=== mistakes in bodies show when they are evaluated ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    inline = "text"
# Error: Incorrect attribute value type @ provisioner "shell"
  }
  provisioner "shell" {
    retries = 3
# Error: Unsupported argument @ provisioner "shell"
    inline = ["${build.Flavour}"]
# Error: Unsupported attribute
  }
  post-processor "manifest" {
    outptu = "x"
# Error: Unsupported argument @ post-processor "manifest"
  }
}

=== build has its own names only ===
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    inline = ["[${build.name}]", build.Host]
  }
  post-processor "manifest" {
    output = "${build.name}${build.ID}-${source.name}"
  }
}
#> plan
#= null.a: null {} [a null]
#=   provisioner[0] shell {inline=["[]", "<unknown>"]}
#=   post-processor[0][0] manifest {output="<unknown>-a"}

=== unknown values in an override ===
#: unknown
data "null" "d" {
  input = "x"
}
source "null" "a" {}
build {
  sources = ["null.a"]
  provisioner "shell" {
    override = {
      a = { inline = [data.null.d.output] }
    }
  }
}
#> plan
#= null.a: null {} [a null]
#=   provisioner[0] shell {} + {inline=["<unknown>"]}
