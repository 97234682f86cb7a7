"""The stages of a training: pretrain the generator, pretrain the critic, play both against each other."""
