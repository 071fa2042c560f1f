"""The Flower App of the CIFAR-10 recipe: a ServerApp and a ClientApp."""
