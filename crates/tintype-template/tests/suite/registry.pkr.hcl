=== at the root ===
hcp_packer_registry {
  bucket_name   = "a-b-1"
  description   = "x"
  bucket_labels = { a = "b" }
  build_labels  = { a = 1 }
  channels      = ["x"]
  anything      = "is ignored"
}
source "null" "a" {}
build {
  sources = ["null.a"]
}

=== once only ===
hcp_packer_registry {}
hcp_packer_registry {
# Error: Only one hcp_packer_registry is allowed
}
source "null" "a" {}
build {
  sources = ["null.a"]
  hcp_packer_registry {
# Error: Multiple HCP Packer registry block declaration
  }
}

=== in a build ===
source "null" "a" {}
build {
  sources = ["null.a"]
  hcp_packer_registry {
# Warning: Build block level hcp_packer_registry are deprecated @ hcp_packer_registry
  }
}

=== rules ===
hcp_packer_registry {
  bucket_name = "a"
# Error: hcp_packer_registry.bucket_name can only contain between 3 and 36 ASCII letters, numbers and hyphens
  labels = { a = "b" }
# Error: hcp_packer_registry.labels and hcp_packer_registry.bucket_labels are mutually exclusive
  bucket_labels = {}
  build_labels  = "x"
# Error: Unsuitable value type
}
