# A plugin of Go with its machine, and what is built in as a plugin of itself: everything finds everything at ports.
source "probe" "here" {
  do = ["provision"]
}

build {
  sources = ["source.probe.here"]

  provisioner "probe" {
    do = ["show system", "upload 3000000 file.bin", "download file.bin", "run echo by-a-command"]
  }
  provisioner "tintype-shell-local" {
    inline = ["echo by a plugin of our own"]
  }
  post-processor "tintype-manifest" {
    output = "out/manifest.json"
  }
}
