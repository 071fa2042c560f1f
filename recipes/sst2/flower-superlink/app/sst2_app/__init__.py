"""The Flower App of the SST-2 recipe: a ServerApp and a ClientApp."""
