"""What the machine says about our processes: the process table, ports, terminals, CPU, memory, GPUs."""
