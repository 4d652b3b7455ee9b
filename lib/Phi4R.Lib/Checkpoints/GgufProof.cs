using System.Globalization;

namespace Phi4R.Checkpoints;

/// <summary>A GGUF file that was written, read again.</summary>
internal static class GgufProof
{
    /// <summary>
    /// Compares every entry with what was to be written, and every number with what its type allows; the weights differ
    /// by so much of their length.
    /// </summary>
    /// <param name="path">Of the file.</param>
    /// <param name="target">The name that it will have, for a message.</param>
    /// <param name="source">[any] the weight that a tensor was made of, by the tensor's name.</param>
    /// <param name="compared">Is called with the name of each tensor that is done with.</param>
    /// <exception cref="InvalidDataException">The message names the tensor.</exception>
    public static double Of(
        string path, string target, IReadOnlyList<(string Key, object Value)> entries,
        IReadOnlyList<GgufTensor> tensors,
        Func<string, Tensor> source, Action<string> compared)
    {
        var again = GgufFile.Read(path);
        if (again.Entries.Count != entries.Count || again.Entries.Zip(entries).Any(pair =>
                pair.First.Key != pair.Second.Key || Shown(pair.First.Value) != Shown(pair.Second.Value))
            || !again.Tensors.Select(Placed).SequenceEqual(tensors.Select(Placed)))
        {
            throw new InvalidDataException($"{path} has another header when it is read again; nothing was replaced. Is "
                + "the disk sound?");
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read,
            FileOptions.SequentialScan);
        double square = 0, length = 0;
        foreach (var tensor in tensors)
        {
            var at = again.DataStart + tensor.Start;
            GgufExport.Each(source(tensor.Name), numbers =>
            {
                var bytes = new byte[GgufBlocks.Bytes(tensor.Type, numbers.Length)];
                var found = new float[numbers.Length];
                var read = RandomAccess.Read(file, bytes, at);
                at += bytes.Length;
                GgufBlocks.Read(tensor.Type, bytes, found);
                var worst = Compare(tensor, numbers, found, ref square, ref length);
                if (read != bytes.Length || worst is not null)
                {
                    throw new InvalidDataException($"{tensor.Name}: {worst ?? "the file ends too early"} when "
                        + $"{target} is read again; nothing was replaced. Take another type, "
                        + "such as f32, where the number is beyond this one's.");
                }
            });
            compared(tensor.Name);
        }

        return length == 0 ? 0 : Math.Sqrt(square / length);
    }

    private static string? Compare(
        GgufTensor tensor, ReadOnlySpan<float> expected, ReadOnlySpan<float> found, ref double square,
        ref double length)
    {
        var block = tensor.Type == GgufType.Q8 ? GgufBlocks.Block : 1;
        for (var start = 0; start < expected.Length; start += block)
        {
            var largest = GgufBlocks.Largest(expected.Slice(start, block));
            for (var i = start; i < start + block; i++)
            {
                var difference = Math.Abs((double)expected[i] - found[i]);
                if (!(difference <= GgufBlocks.MostError(tensor.Type, expected[i], largest)))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"{expected[i]:G6} is {found[i]:G6}");
                }

                square += difference * difference;
                length += (double)expected[i] * expected[i];
            }
        }

        return null;
    }

    private static string Placed(GgufTensor tensor) =>
        $"{tensor.Name} {tensor.Type} {tensor.Start} {string.Join(",", tensor.Shape)}";

    private static string Shown(object value) => value switch
    {
        IReadOnlyList<string> texts => string.Join('\n', texts),
        IReadOnlyList<int> numbers => string.Join(',', numbers),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:R}"),
    };
}
