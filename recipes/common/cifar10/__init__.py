"""The CIFAR-10 task: images, splits, VGG models and their weights, the same for every framework."""
