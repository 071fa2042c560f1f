"""The Flower App of the digits recipe: a ServerApp and a ClientApp."""
