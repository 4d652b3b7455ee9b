using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Checkpoints;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Path => System.IO.Path.Combine(_folder.FullName, "file.safetensors");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Tensors_of_every_type_and_metadata_come_back_as_they_were_written()
    {
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors =
        [
            ("f32", randn(3, 4)), ("bf16", randn(5).to_type(ScalarType.BFloat16)),
            ("f16", randn(2, 1, 2).to_type(ScalarType.Float16)), ("f64", randn(2).to_type(ScalarType.Float64)),
            ("i64", arange(4)), ("i32", arange(3).to_type(ScalarType.Int32)),
            ("u8", arange(7).to_type(ScalarType.Byte)), ("bool", arange(3) > 1), ("none", zeros(0, 3)),
            ("one \u00e9\n", tensor(2.5f)),
            ("turned", randn(4, 3).t()),
        ];
        SafeTensors.Write(Path, tensors, new Dictionary<string, string> { ["format"] = "pt", ["\u00fc"] = "\"" });
        var read = SafeTensors.Read(Path);
        Assert.Equal(tensors.Length, read.Count);
        foreach (var (name, value) in tensors)
        {
            Assert.Equal(value.dtype, read[name].dtype);
            Compare.Close(value, read[name], 0, name);
        }

        Assert.Equal("\"", SafeTensors.ReadHeader(Path).Metadata["\u00fc"]);
        Assert.Equal(0, SafeTensors.ReadHeader(Path).Tensors[0].Start % 8);
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "needs 12 bytes; it has 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[200],"data_offsets":[0,800]}}""", "claims bytes 0 to 800")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "claims bytes 8 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "impossible shape [-2]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}""",
        "impossible shape")]
    [InlineData("""{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}""", "a is of type F8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "claims bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "cannot be read")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "Duplicate property 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"shape":[4],"data_offsets":[0,16]}}""",
        "Duplicate property 'shape'")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", "4 bytes between a and b belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "8 bytes between the header and a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "8 bytes after a belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4],"data_offsets":[0,16]}}""",
        "17 dimensions")]
    [InlineData("""{"__metadata__":{"format":7},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""",
        "cannot be read")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,16]}}""", "cannot be read")]
    [InlineData("""[1]""", "cannot be read")]
    [InlineData("""{"a":""", "cannot be read")]
    public void A_header_that_lies_is_an_error_that_names_the_fault(string header, string fault)
    {
        WriteRaw(Encoding.UTF8.GetBytes(header), new byte[16]);
        var error = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(Path));
        Assert.Contains(fault, error.Message);
        Assert.Contains(Path, error.Message);
    }

    [Fact]
    public void A_file_cut_anywhere_is_an_error_that_names_it()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(Path, [("a", randn(3, 3)), ("b", randn(4))]);
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Assert.Contains(Path, Assert.Throws<InvalidDataException>(() => SafeTensors.Read(Path)).Message);
        }
    }

    [Fact]
    public void Missing_extra_and_misshaped_weights_are_listed_together_and_nothing_is_loaded()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        var tensors = model.Parameters.Select(pair => (pair.Name, (Tensor)pair.Weight.detach() + 1)).ToList();
        tensors.RemoveAll(pair => pair.Name == "model.norm.weight");
        tensors.Add(("model.extra.weight", zeros(2)));
        tensors[0] = (tensors[0].Name, zeros(7, 7));
        SafeTensors.Write(Path, tensors);
        var before = SmallModel.Weights(model);
        var message = Assert.Throws<InvalidDataException>(() => Weights.Load(model, Path)).Message;
        Assert.Contains("missing model.norm.weight", message);
        Assert.Contains("extra model.extra.weight", message);
        Assert.Contains($"{tensors[0].Name} has shape [7, 7], expected [40, 64]", message);
        Assert.Equal(before, SmallModel.Weights(model));
    }

    [Fact]
    public void A_header_length_beyond_the_file_or_the_limit_allocates_nothing()
    {
        foreach (var length in new[] { ulong.MaxValue, 1UL << 63, 1UL << 40, 200UL << 20 })
        {
            var bytes = new byte[64];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            File.WriteAllBytes(Path, bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains($"announces a header of {length} bytes",
                Assert.Throws<InvalidDataException>(() => SafeTensors.ReadHeader(Path)).Message);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        }
    }

    [Fact]
    public void Whole_numbers_are_no_weights()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        SafeTensors.Write(Path,
            [.. model.Parameters.Select(
                pair =>
                    (pair.Name, pair.Name == "model.norm.weight" ? ones(64, ScalarType.Int64) : (Tensor)pair.Weight))]);
        Assert.Contains("model.norm.weight is of type I64, expected F32",
            Assert.Throws<InvalidDataException>(() => Weights.Load(model, Path)).Message);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float64)]
    public void NaN_and_infinity_in_weights_are_refused_with_the_tensors_name_and_their_number(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        var norm = ones(64).to_type(type);
        (norm[3], norm[4], norm[63]) = (tensor(double.NaN).to_type(type), tensor(double.PositiveInfinity).to_type(type),
            tensor(double.NegativeInfinity).to_type(type));
        SafeTensors.Write(Path,
            [.. model.Parameters.Select(
                pair => (pair.Name, pair.Name == "model.norm.weight" ? norm : ((Tensor)pair.Weight).to_type(type)))]);
        var message = Assert.Throws<InvalidDataException>(() => Weights.Load(model, Path)).Message;
        Assert.Contains("model.norm.weight (3 of 64)", message, StringComparison.Ordinal);
        Assert.Contains(Path, message, StringComparison.Ordinal);
        Assert.DoesNotContain("embed", message, StringComparison.Ordinal);
    }

    // libtorch says what is finite; all 65,536 numbers of 16 bits, and random bits of the wider ones, in lengths that
    // fill no vector.
    [Theory]
    [InlineData(ScalarType.BFloat16, 2)]
    [InlineData(ScalarType.Float16, 2)]
    [InlineData(ScalarType.Float32, 4)]
    [InlineData(ScalarType.Float64, 8)]
    public void What_is_not_finite_is_told_by_its_bits_as_libtorch_tells_it(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        foreach (var count in new[] { 0, 1, 7, 33, 65_536 })
        {
            using var numbers = zeros(count, type);
            var bytes = new byte[count * size];
            for (var i = 0; i < count; i++)
            {
                var bits = Randomness.For(size, "bits", i).State;
                bits = i % 3 == 0
                    ? bits | (type == ScalarType.Float64 ? 0x7ff0_0000_0000_0000UL : 0x7f80_0000UL)
                    : bits;
                BitConverter.GetBytes(size == 2 ? (ulong)i : bits).AsSpan(0, size).CopyTo(bytes.AsSpan(i * size));
            }

            if (count > 0)
            {
                System.Runtime.InteropServices.MemoryMarshal.Cast<byte, byte>(bytes).CopyTo(numbers.bytes);
            }

            Assert.Equal(count - numbers.isfinite().sum().AsInt64(), FiniteNumbers.CountOthers(bytes, type));
        }
    }

    [Fact]
    public void Of_very_many_faults_the_first_are_named_and_the_rest_are_counted()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        using var one = ones(1);
        SafeTensors.Write(Path,
            [.. model.Parameters.Select(pair => (pair.Name, (Tensor)pair.Weight)),
                .. Enumerable.Range(0, 30_000).Select(i => ($"extra.{i}", one))]);
        var message = Assert.Throws<InvalidDataException>(() => Weights.Load(model, Path)).Message;
        Assert.Contains("and 29,990 more", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 5000);
    }

    // Whatever stands in a file, it is read or it is an InvalidDataException.
    [Fact]
    public void Random_damage_is_read_or_refused()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(Path, [("a.weight", randn(3, 3)), ("b", arange(4)), ("c", zeros(0, 2))],
            new Dictionary<string, string> { ["format"] = "pt" });
        var whole = File.ReadAllBytes(Path);
        var header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        var clock = Stopwatch.StartNew();
        var (read, refused) = (0, 0);
        for (var attempt = 0; attempt < 4000 && clock.Elapsed < TimeSpan.FromSeconds(2); attempt++)
        {
            var stream = Randomness.For(1, "damage", attempt);
            var bytes = whole.ToArray();
            for (var flips = 1 + stream.Next(3); flips > 0; flips--)
            {
                bytes[stream.Next(header)] = stream.Chance(0.5)
                    ? (byte)stream.Next(256)
                    : (byte)"0123456789[]{},:\""[stream.Next(17)];
            }

            File.WriteAllBytes(Path, bytes);
            try
            {
                foreach (var value in SafeTensors.Read(Path).Values)
                {
                    value.Dispose();
                }

                read++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.True(read > 0 && refused > 100, $"{read} read, {refused} refused");
    }

    private void WriteRaw(byte[] header, byte[] data)
    {
        var size = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(size, (ulong)header.Length);
        File.WriteAllBytes(Path, [.. size, .. header, .. data]);
    }
}
