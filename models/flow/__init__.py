"""A normalizing flow over vectors: exact log density, exact inverse, samples.

    flow = build(FlowShape(dim=384, sphere=True))       # unit vectors, such as text embeddings
    calibrate(flow, vectors)                            # from here on it is the fitted Gaussian
    loss = -flow.log_prob(vectors).mean()               # nats; train this down
    flow.sample(num, generator); flow.encode(x); flow.decode(z)
    save(flow, folder); flow = load(folder)

All of these names live in `models.flow.flow`.
"""
