// n rows of one call, V vocabulary.
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Decoding in libtorch's operators: any device, any weight type.</summary>
internal sealed class TorchDecoder(LanguageModel model, int slots, int places, bool longFactors) : IDecoder
{
    private readonly KeyValueCache _cache = new(model.Config, slots, places, model.Device, model.HeadWeight.dtype);

    public int Slots => slots;

    public int MaxRows => 1024;

    public void Feed(ReadOnlySpan<TokenRow> rows, Span<float> logits)
    {
        using var scope = NewDisposeScope();
        using var frozen = inference_mode();
        var (ids, homes, positions) = (new long[rows.Length], new long[rows.Length], new long[rows.Length]);
        List<long> wanted = [];
        for (var i = 0; i < rows.Length; i++)
        {
            (ids[i], homes[i], positions[i]) = (rows[i].Token, rows[i].Slot, rows[i].Position);
            if (rows[i].Wanted)
            {
                wanted.Add(i);
            }
        }

        var cached = new CacheRows(_cache, tensor(homes, device: model.Device), tensor(positions, device: model.Device), positions.Max() + 1);
        var scores = model.Step(tensor(ids, device: model.Device), cached, tensor(wanted.ToArray(), device: model.Device), longFactors); // [m, V]
        NativeData.Floats(scores.to_type(ScalarType.Float32).cpu().contiguous()).CopyTo(logits);
    }

    public void CopyPrefix(int from, int to, int tokens)
    {
        using var frozen = inference_mode();
        _cache.CopyPrefix(from, to, tokens);
    }

    public void Dispose() => _cache.Dispose();
}
