=== the version fits ===
packer {
  required_version = ">= 1.7.0, < 99.0"
}
packer {
  required_version = null
}

=== the version does not fit: nothing else is looked at ===
packer {
  required_version = "> 99.0"
# Error: Unsupported Packer Core version @ packer
}
packer {
  required_version = "< 1.0"
# Error: Unsupported Packer Core version
}
nonsense {
}

=== the constraint is none ===
packer {
  required_version = "newest"
# Error: Invalid version constraint @ packer
}
packer {
  required_version = var.v
# Error: Variables not allowed
}
packer {
  required_version = ["1"]
# Error: Invalid version constraint
}
packer {
  color = "blue"
# Error: Unsupported argument
  colors {}
# Error: Unsupported block type
}
packer "x" {
# Error: Extraneous label for packer
}

=== required plugins ===
packer {
  required_plugins {
    null = {
      version = ">= 0.1, < 7"
      source  = "github.com/hashicorp/null"
    }
  }
}
#> required
#= null github.com/hashicorp/null >= 0.1, < 7

=== missing plugins ===
packer {
  required_plugins {
    disk = {
      version = "99.0.0"
      source  = "github.com/hashicorp/disk"
    }
    happycloud = {
# Error: Missing plugins @ packer
      version = ">= 2.7.0"
      source  = "github.com/example/happycloud"
    }
  }
}

=== requirements that are none ===
packer {
  required_plugins {
    a = ">= 1"
# Error: Invalid plugin requirement @ packer
    b = {
# Error: Failed to parse source
      version = ">= 1"
      source  = "example/happycloud"
    }
    c = {
# Error: Invalid version constraint
      version = "abc"
      source  = "github.com/example/c"
    }
    d = { version = ">= 1" }
# Error: No source was set
    e = { source = "github.com/example/e" }
# Error: No version constraint was set
    HappyCloud = {
# Error: Invalid plugin local name
      version = ">= 1"
      source  = "github.com/example/happycloud"
    }
    g = {
# Error: Invalid version constraint
      version = ">= 1.0.0-dev"
      source  = "github.com/example/g"
    }
    h = {
# Error: Invalid required_plugins object
      version  = ">= 1"
      source   = "github.com/example/h"
      versions = 1
    }
    i = {
# Error: Failed to parse source
      version = ">= 1"
      source  = "github.com/example/packer-plugin-happycloud"
    }
    j = var.x
# Error: Variables not allowed
  }
}

=== a plugin is required once ===
packer {
  required_plugins {
    null = {
      version = ">= 1"
      source  = "github.com/hashicorp/null"
    }
  }
}
packer {
  required_plugins {
    null = {
# Error: Duplicate required_plugin."null" block @ packer
      version = ">= 2"
      source  = "github.com/hashicorp/null"
    }
  }
}
