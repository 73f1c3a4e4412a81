source "oci" "files" {
  base    = { scratch = true }
  changes = ["CMD [\"/file.pkr.hcl\"]"]

  output {
    layout = "out/image"
    name   = "files:1"
  }
}

build {
  sources = ["source.oci.files"]

  provisioner "file" {
    source      = "file.pkr.hcl"
    destination = "/file.pkr.hcl"
  }

  provisioner "file" {
    direction   = "download"
    source      = "/file.pkr.hcl"
    destination = "out/back.pkr.hcl"
  }
}
