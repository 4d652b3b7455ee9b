// n rows of one call, B sequences of one pass, T tokens of each, P pages, V vocabulary.
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Inference.Local;

/// <summary>Decoding in libtorch's operators: any device, any weight type.</summary>
internal sealed class TorchDecoder(LanguageModel model) : IDecoder
{
    // Keys and values are gathered for a pass; so much of one layer at the most.
    private const long MaxGathered = 1L << 28;

    private readonly KeyValueCache _cache = new(model.Config, KvBlockPool.Places, model.Device, model.HeadWeight.dtype);
    private Tensor? _logits;     // [rows, V] on the host
    private int[] _rows = [];    // where the logits of each wanted row stand
    private int _filled;

    public int MaxRows => 1024;

    // Single tokens of many sequences go side by side; the tokens of a prompt go as one sequence. A pass has the short
    // factors or the long.
    public void Feed(ReadOnlySpan<TokenRow> rows)
    {
        List<List<int>> singles = [], prompts = [];
        var wanted = new int[rows.Length];
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            wanted[i] = rows[i].Wanted ? count++ : -1;
            if (i > 0 && rows[i].Sequence == rows[i - 1].Sequence)
            {
                prompts[^1].Add(i);
            }
            else
            {
                prompts.Add([i]);
            }
        }

        MakeRoom(count);

        foreach (var prompt in prompts.Where(prompt => prompt.Count > 1))
        {
            Pass(rows, [prompt], wanted);
        }

        // Sequences of similar length share a pass, so that little is gathered for nothing.
        var all = rows.ToArray();
        foreach (var one in prompts.Where(prompt => prompt.Count == 1).OrderBy(one => all[one[0]].Sequence.UseLong)
            .ThenBy(one => all[one[0]].Position))
        {
            var row = all[one[0]];
            var gathered = (long)(singles.Count + 1) * ((row.Position / KvBlockPool.Places) + 1) * KvBlockPool.Places
                * model.Config.KeyValueHeads * model.Config.HeadWidth;
            if (singles.Count > 0
                && (row.Sequence.UseLong != all[singles[0][0]].Sequence.UseLong || gathered > MaxGathered))
            {
                Pass(rows, singles, wanted);
                singles.Clear();
            }

            singles.Add(one);
        }

        if (singles.Count > 0)
        {
            Pass(rows, singles, wanted);
        }
    }

    public ReadOnlySpan<float> Logits(int index) =>
        NativeData.Floats(_logits!).Slice(_rows[index] * model.Config.VocabularySize, model.Config.VocabularySize);

    public void CopyPage(int from, int to)
    {
        using var frozen = inference_mode();
        _cache.CopyPage(from, to);
    }

    public void Dispose()
    {
        _cache.Dispose();
        _logits?.Dispose();
    }

    // A card writes several times as fast to memory that the system may not move.
    private void MakeRoom(int count)
    {
        (_filled, _rows) = (0, new int[count]);
        if (count <= (_logits?.shape[0] ?? 0))
        {
            return;
        }

        _logits?.Dispose();
        using var scope = NewDisposeScope();
        var room = empty([2 * count, model.Config.VocabularySize], ScalarType.Float32);
        _logits = (model.Device.type == DeviceType.CUDA ? room.pin_memory() : room).DetachFromDisposeScope();
    }

    private void Pass(ReadOnlySpan<TokenRow> rows, List<List<int>> sequences, int[] wanted)
    {
        using var scope = NewDisposeScope();
        using var frozen = inference_mode();
        var (count, tokens) = (sequences.Count, sequences[0].Count);
        var (ids, positions, pages, within) = (new long[count * tokens], new long[count * tokens],
            new long[count * tokens], new long[count * tokens]);
        List<long> needed = [];
        List<int> targets = [];
        var (longest, last) = (0, 0);
        for (var i = 0; i < count * tokens; i++)
        {
            var index = sequences[i / tokens][i % tokens];
            var row = rows[index];
            (ids[i], positions[i]) = (row.Token, row.Position);
            (pages[i], within[i]) = (row.Sequence.Pages[row.Position / KvBlockPool.Places],
                row.Position % KvBlockPool.Places);
            (longest, last) = (Math.Max(longest, (row.Position / KvBlockPool.Places) + 1),
                Math.Max(last, row.Position));
            if (row.Wanted)
            {
                needed.Add(i);
                targets.Add(wanted[index]);
            }
        }

        var table = new long[count * longest];
        for (var i = 0; i < count; i++)
        {
            var held = rows[sequences[i][0]].Sequence.Pages;
            for (var page = 0; page < longest; page++)
            {
                table[(i * longest) + page] = held[Math.Min(page, held.Count - 1)];
            }
        }

        _cache.Reserve((int)Math.Max(pages.Max(), table.Max()) + 1);
        var device = model.Device;
        var cached = new CacheRows(
            _cache, tensor(positions, device: device).view(count, tokens), last, tensor(pages, device: device),
            tensor(within, device: device), tensor(table, device: device).view(count, longest));
        // [m, V]
        var scores = model.Step(tensor(ids, device: device).view(count, tokens), cached,
            tensor(needed.ToArray(), device: device), rows[sequences[0][0]].Sequence.UseLong);
        if (targets.Count > 0)
        {
            _logits!.narrow(0, _filled, targets.Count).copy_(scores);
        }

        foreach (var target in targets)
        {
            _rows[target] = _filled++;
        }
    }
}
