module ductile-bench-peers

go 1.24
