"""Diffusion in one convention: x = clean + sigma·noise, unit-variance latents, `denoise(x, sigma, cond)`.

Running pictures, each with its own sampler, in one batch:

    from models.diffusion import guidance, grids, noise, samplers, tables

    grid  = grids.spacing("karras")(num, sigma_min, sigma_max)    # tuple, decreasing, ends in 0
    grid  = grids.tail(grid, sigma)                               # start from a re-noised picture instead
    table = samplers.sampler("heun")(grid)                        # Table(start, rows)

    cost  = table.remaining(position)                             # exact model evaluations left
    state = clean_or_zeros + table.start * noise.normal(seed, image, 0, shape)      # draw 0
    anchor = previous = zeros

    row = table.rows[position]                                    # evaluate the model on state at row.sigma
    z   = noise.normal(seed, image, position + 1, shape) if row.draws else zeros
    state, anchor, previous = tables.advance(                     # tensors (B, ...), B rows of any tables
        rows, state=state, anchor=anchor, denoised=denoised, previous=previous, noise=z
    )

Names are listed by `exported.registry("samplers")` and `("grids")` once the modules are imported.
`denoised` is also the preview. `guidance.Guidance(scale, low, high, rescale).active(row.sigma)` says
whether a row needs its second, unconditional evaluation and `guidance.combine(cond, uncond,
guidances)` merges those that do. `tables`, `grids`, `samplers` and `guidance` import no torch.

Around the same denoiser: `trajectory` walks one table as a generator, `langevin` corrects after each
row; `paths` and `sde` let it answer as VP, sub-VP, VE and straight line, forwards and in reverse;
`ode` solves the probability flow adaptively and `likelihood` measures log p along it. `precondition`
makes a denoiser of a network and `losses` says what that network is trained on.
"""
