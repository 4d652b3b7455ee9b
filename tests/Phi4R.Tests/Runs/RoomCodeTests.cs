using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

public sealed class RoomCodeTests
{
    private const string Maths = """
        using System; using System.Linq; using System.Text.RegularExpressions;
        namespace Rooms.Maths
        {
            public static class Judge
            {
                public static bool IsRight(string answer)
                {
                    try
                    {
                        return int.Parse(answer) == Limit(3) || answer == "none" || Table.Contains(answer.Length)
                            || Twice(4) == 8 || Pattern().IsMatch(answer);
                    }
                    catch (FormatException) { return Other.Box<string>.Same(answer) != null; }
                }

                private static int Limit(int level) => level switch { 1 => 10, 2 => 20, 3 => 35, 4 => 7, _ => 0 };
                private static ReadOnlySpan<int> Table => [1, 2, 3, 5, 8];
                private static readonly Func<int, int> Twice = value => value + value;
                [GeneratedRegex("a+")] private static Regex Pattern() => Other.Generated.First;
            }
        }
        """;

    private const string Other = """
        namespace Rooms.Other
        {
            public static class Box<T> { public static T Same(T value) => value; }
            public static class Generated
            {
                public static System.Text.RegularExpressions.Regex First = new("a+"), Second = new("a+");
            }
        }
        """;

    // Every row number in the metadata moves: types, methods, texts, constants and unnamed types before and after it.
    private const string More = """
        namespace Rooms.Another
        {
            public static class Many
            {
                public static string Words() => "first" + Other.Box<int>.Same(3) + new { Name = "second", Value = 4.5 }
                    + string.Join(",", new[] { 7, 8, 9, 10, 11, 12 });
                public static System.Func<int, int> Thrice = value => 3 * value;
            }
        }
        """;

    [Fact]
    public void A_change_in_another_room_or_another_build_changes_no_hash()
    {
        var hash = Hash(Maths, Other);
        Assert.Equal(hash, Hash(Maths, Other));
        Assert.Equal(hash, Hash(More, Maths, Other));
        Assert.Equal(hash, Hash(Maths, Other, More));
        Assert.Equal(hash, Hash(Maths.Replace("Generated.First", "Generated.Second", StringComparison.Ordinal), Other));
    }

    [Theory]
    [InlineData("\"none\"", "\"nothing\"")]
    [InlineData("3 => 35", "3 => 36")]
    [InlineData("5, 8]", "5, 9]")]
    [InlineData("value + value", "value + 4")]
    [InlineData("catch (FormatException)", "catch (OverflowException)")]
    [InlineData("\"a+\"", "\"b+\"")]
    [InlineData("Limit(3) ||", "Limit(3) &&")]
    [InlineData("Box<string>.Same(answer) != null", "Box<object>.Same(answer) != null")]
    [InlineData("level switch", "(level & 7) switch")]
    public void Any_change_in_the_room_changes_its_hash(string from, string to)
    {
        Assert.Contains(from, Maths, StringComparison.Ordinal);
        Assert.NotEqual(Hash(Maths, Other), Hash(Maths.Replace(from, to, StringComparison.Ordinal), Other));
    }

    [Fact]
    public void The_verifiers_hash_holds_the_whole_room_Verification()
    {
        var library = typeof(RoomCode).Assembly;
        Assert.NotEqual(RoomCode.Verifier, RoomCode.Of(library, type => IsVerifier(type) && type.Name != "Comparison"));
        Assert.NotEqual(RoomCode.Verifier, RoomCode.Of(library, type => IsVerifier(type) && type.Name != "Verifiers"));
        Assert.Equal(RoomCode.Verifier, RoomCode.Of(library, IsVerifier));

        static bool IsVerifier(Type type) =>
            $"{type.Namespace}.".StartsWith("Phi4R.Verification.", StringComparison.Ordinal)
            || type.Name is "Verifier" or "Verifiers";
    }

    private static string Hash(params string[] sources)
    {
        var trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal));
        var compilation = CSharpCompilation.Create(
            $"Build{Guid.NewGuid():N}",
            sources.Select(source => CSharpSyntaxTree.ParseText(source)),
            trusted.Select(path => MetadataReference.CreateFromFile(path)),
            new(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var stream = new MemoryStream();
        var emitted = compilation.Emit(stream);
        Assert.True(emitted.Success, string.Join("\n", emitted.Diagnostics));
        return RoomCode.Of(Assembly.Load(stream.ToArray()), type => type.Namespace == "Rooms.Maths");
    }
}
