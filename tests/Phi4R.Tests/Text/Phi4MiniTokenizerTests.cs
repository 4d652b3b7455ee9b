using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Phi4R.Foundation;
using Phi4R.Tests.Reference;
using Phi4R.Text;
using Xunit.Abstractions;

namespace Phi4R.Tests.Text;

public sealed class Phi4MiniTokenizerTests(ITestOutputHelper output)
{
    private readonly Phi4MiniTokenizer _tokenizer = new();

    [Fact]
    public void Ids_are_those_of_four_other_programs()
    {
        foreach (var record in Cases("tokenizer/cases.jsonl"))
        {
            var (text, ids) = (record.GetProperty("text").GetString()!, record.GetProperty("ids").Ids());
            AssertIds(record, ids, _tokenizer.Encode(text));
            Assert.Equal(text, _tokenizer.Decode(ids));
            AssertIds(record, record.TryGetProperty("ids_special_hf_rstrip", out var special) ? special.Ids() : ids,
                _tokenizer.Encode(text, special: true));
        }
    }

    // From the tests of Microsoft's onnxruntime-extensions.
    [Fact]
    public void Ids_of_the_reasoning_model_are_those_that_its_maker_publishes() => Assert.Equal(
        [
            200022, 9719, 1308, 382, 102143, 11, 448, 20837, 13324, 8333, 9742, 656, 8321, 13, 1608, 553, 261, 55145,
            105457, 326,
            2804, 3587, 69457, 316, 6809, 1665, 13, 200020, 200021, 5299, 1757, 357, 16644, 290, 7380, 30,
            200020, 200019,
        ],
        ChatTemplate.Reasoning.Encode(
            _tokenizer,
            [new("system", "You are a medieval knight and must provide explanations to modern people."),
                new("user", "How should I explain the Internet?")],
            addGenerationPrompt: true));

    [Theory]
    [InlineData("<|end|>")]
    [InlineData("<|user|>a<|end|><|assistant|>")]
    [InlineData("<|endoftext|>")]
    public void Plain_text_never_becomes_a_control_token(string text)
    {
        Assert.DoesNotContain(_tokenizer.Encode(text), id => id is < 0 or > 199_997);
        Assert.Equal(text, _tokenizer.Decode(_tokenizer.Encode(text)));
    }

    // What was encoded before must not change what is encoded now.
    [Fact]
    public void Control_tokens_do_not_depend_on_what_was_encoded_before()
    {
        var plain = _tokenizer.Encode("<|end|>");
        Assert.Equal([200020], _tokenizer.Encode("<|end|>", special: true));
        Assert.Equal(plain, _tokenizer.Encode("<|end|>"));
        Assert.Equal([200020], _tokenizer.Encode("<|end|>", special: true));
    }

    // The hash that is published for o200k_base.tiktoken.
    [Fact]
    public void The_vocabulary_is_the_published_one()
    {
        var text = new StringBuilder();
        for (var id = 0; id < O200kVocabulary.Size; id++)
        {
            text.Append(Convert.ToBase64String(O200kVocabulary.Shared[id])).Append(' ').Append(id).Append('\n');
        }

        Assert.Equal("446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text.ToString()))));
    }

    // From tiktoken 1.0.22 of npm.
    [Theory]
    [InlineData("哈", 3000, 1500)]
    [InlineData("\n", 1392, 87)]
    [InlineData("\n", 2280, 143)]
    [InlineData("\n", 5000, 313)]
    [InlineData("^", 1836, 230)]
    [InlineData("^", 2000, 250)]
    [InlineData("^", 2391, 301)]
    [InlineData("\\", 2000, 500)]
    public void A_run_of_one_symbol_is_as_many_ids_as_another_program_makes_of_it(string symbol, int length, int ids) =>
        Assert.Equal(ids, _tokenizer.Encode(string.Concat(Enumerable.Repeat(symbol, length))).Length);

    // Of one token the pairs come in from left to right, as those of a run of one symbol do.
    [Theory]
    [InlineData(600, 1)]
    [InlineData(5_000, 1)]
    [InlineData(5_000, 20)]
    public void Pairs_leave_the_queue_in_their_order(int count, int tokens)
    {
        var stream = Randomness.For(5, "queue");
        var queue = new MergeQueue(0);
        var pairs = Enumerable.Range(0, count).Select(place => (Token: stream.Next(tokens), Place: place)).ToList();
        pairs.ForEach(pair => queue.Add(pair.Token, pair.Place));
        foreach (var expected in pairs.Order())
        {
            Assert.True(queue.TryTake(out var token, out var place));
            Assert.Equal(expected, (token, place));
        }

        Assert.False(queue.TryTake(out _, out _));
    }

    // The pattern as the tiktoken package has it, by .NET's own engine, on text of the basic plane, where both see the
    // same characters; more different pieces than are kept, each met twice, among them some that differ in the last
    // byte or only in what follows.
    [Fact]
    public void Ids_are_those_of_the_published_pattern_whatever_was_encoded_before()
    {
        const string Word = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
        const string End = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
        const string Short = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
        var pattern = new Regex(
            $@"[^\r\n\p{{L}}\p{{N}}]?{Word}*{End}+{Short}|[^\r\n\p{{L}}\p{{N}}]?{Word}+{End}*{Short}|\p{{N}}{{1,3}}"
                + @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant);
        string[] bits =
        [
            "the", " The", "THE", "'s", "'LL", "'", "'x", "\n", "\r\n", " ", "  ", "\t", "1", "12", "1234567", "é",
            "naïve", "中", "\u0301", "\0", "A", "Ab", "ABc", "aB", "\\frac{", "}", "/", "$x", "fifteen letters",
            "abcdefghijklmno", "abcdefghijklmnop", " abcdefghijklmn", "Internationalization", "\u00A0", "ª", "#",
        ];
        var stream = Randomness.For(6, "pattern");
        List<string> texts = [.. Enumerable.Range(0, 4_000).Select(_ => string.Concat(
            Enumerable.Range(0, 1 + stream.Next(30)).Select(_ => stream.Next(4) switch
            {
                0 => $"{(char)stream.Next(0x80)}",
                1 => $"{(char)('a' + stream.Next(26))}{(char)('a' + stream.Next(26))}{(char)('a' + stream.Next(26))}",
                _ => stream.Pick(bits),
            })))];
        foreach (var text in texts.Concat(texts))
        {
            var pieces = pattern.Matches(text).Select(match => Encoding.UTF8.GetBytes(match.Value));
            Assert.Equal(pieces.SelectMany(Joined), _tokenizer.Encode(text));
        }

        static List<int> Joined(byte[] piece) =>
            O200kVocabulary.Shared.Find(piece) is var id and not O200kVocabulary.None
                ? [id]
                : Plainly(piece, O200kVocabulary.Shared);
    }

    [Fact]
    public void Long_texts_of_few_symbols_are_joined_as_plain_looking_does()
    {
        string[] symbols =
        [
            "^", "\n", "\\", "哈", " ", "a", "b", "=", "-", "0", "é", "😀", "\t", "{", ".", "#", "x", "的", "\u0301", "*",
        ];
        var stream = Randomness.For(4, "few symbols");
        for (var trial = 0; trial < 200; trial++)
        {
            string[] few = [.. Enumerable.Range(0, 1 + stream.Next(3)).Select(_ => stream.Pick(symbols))];
            var text = string.Concat(Enumerable.Range(0, 100 + stream.Next(4_900)).Select(_ => stream.Pick(few)));
            var bytes = Encoding.UTF8.GetBytes(text);
            bytes = bytes[..Math.Min(bytes.Length, 5_000)];
            var ids = new int[bytes.Length];
            var count = BytePairMerging.Encode(bytes, O200kVocabulary.Shared, ids);
            Assert.Equal(Plainly(bytes, O200kVocabulary.Shared), ids[..count]);
        }
    }

    [Fact]
    public void Long_and_short_pieces_are_joined_as_plain_looking_does()
    {
        var vocabulary = O200kVocabulary.Shared;
        var stream = Randomness.For(1, "pieces");
        foreach (var letters in new[]
        {
            "ab",
            "etaoinshrdlu",
            "the of and",
            "аеинтос",
            "的一是不",
            "a\u0301e\u0301",
            "ﷺ😀x",
            "\u00AD\uFFFD",
        })
        {
            foreach (var length in new[] { 1, 2, 3, 20, 95, 96, 97, 98, 150, 400 })
            {
                var bytes = Encoding.UTF8.GetBytes(
                    string.Concat(Enumerable.Range(0, length).Select(_ => letters[stream.Next(letters.Length)])));
                var ids = new int[bytes.Length];
                var count = BytePairMerging.Encode(bytes, vocabulary, ids);
                Assert.Equal(Plainly(bytes, vocabulary), ids[..count]);
            }
        }
    }

    [Fact]
    public void Any_text_comes_back_from_its_ids_and_none_of_them_is_a_control_token()
    {
        var stream = Randomness.For(2, "unicode");
        string[] bits = ["<|", "|>", "<|end|>", "end", " ", "\n", "\r\n", "'s", "12", "é", "中", "😀", "\u0301",
            "\uFEFF", "\u00A0", "/", "ſ"];
        for (var trial = 0; trial < 3_000; trial++)
        {
            var text = new StringBuilder();
            for (var length = stream.Next(40); length > 0; length--)
            {
                _ = stream.Next(3) switch
                {
                    0 => text.Append(bits[stream.Next(bits.Length)]),
                    1 => text.Append((char)stream.Next(0x10000)),
                    _ => text.Append((char)stream.Next(0x80)),
                };
            }

            var whole = text.ToString();
            var ids = _tokenizer.Encode(whole);
            Assert.DoesNotContain(ids, id => id is < 0 or > 199_997);
            // Halves of surrogate pairs become U+FFFD.
            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(whole));
            Assert.Equal(expected, _tokenizer.Decode(ids));
            Assert.Equal(expected, string.Concat(Streamed(ids)));
            Assert.DoesNotContain(_tokenizer.Encode(whole, special: true), id => id is < 0 or > 200_028);
        }
    }

    [Fact]
    public void Any_ids_are_decoded_at_once_and_one_by_one_to_the_same_text()
    {
        var stream = Randomness.For(3, "ids");
        for (var trial = 0; trial < 1_000; trial++)
        {
            int[] ids = [.. Enumerable.Range(0, 20)
                .Select(_ => stream.Next(2) == 0 ? stream.Next(_tokenizer.VocabularySize) : stream.Next(256))];
            Assert.Equal(_tokenizer.Decode(ids), string.Concat(Streamed(ids)));
        }
    }

    [Fact]
    public void A_character_that_is_split_between_tokens_is_held_back_until_it_is_whole()
    {
        var ids = _tokenizer.Encode("𓀀.");
        Assert.True(ids.Length > 2, "The sign is one token: choose another.");
        var parts = Streamed(ids);
        Assert.DoesNotContain(parts, part => part.Contains('\uFFFD'));
        Assert.Equal("", parts[0]);
        Assert.Equal("𓀀.", string.Concat(parts));
        Assert.EndsWith("\uFFFD", string.Concat(Streamed(ids[..1])));
    }

    [Fact]
    public void A_stream_of_the_pocket_tokenizer_has_its_spaces()
    {
        var pocket = new PocketTokenizer();
        var stream = new TextStream(pocket);
        Assert.Equal("tom has 12 pens; buys 2 bags",
            string.Concat(pocket.Encode("tom has 12 pens; buys 2 bags").Select(stream.Add)) + stream.End());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(200_064)]
    [InlineData(int.MaxValue)]
    public void An_id_outside_the_vocabulary_is_named_with_its_place(int id)
    {
        Assert.Contains($"Token 1 has id {id}",
            Assert.Throws<ArgumentException>(() => _tokenizer.Decode([5, id])).Message);
        Assert.Contains($"{id}", Assert.Throws<ArgumentException>(() => _tokenizer.Bytes(id)).Message);
    }

    [Fact]
    public void Rows_without_a_token_are_no_text() =>
        Assert.Equal("ab", _tokenizer.Decode([64, 199_998, 200_000, 200_017, 200_029, 200_063, 65]));

    // A quadratic way would take minutes for the million.
    [Theory]
    [InlineData("a")]
    [InlineData("A")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData(" \n")]
    [InlineData("7")]
    [InlineData("😀")]
    [InlineData("e\u0301")]
    [InlineData("\u0301")]
    [InlineData("ªA")]
    [InlineData("-")]
    [InlineData("/\n")]
    [InlineData("<|")]
    [InlineData("'s")]
    [InlineData("中")]
    [InlineData("\u00A0")]
    [InlineData("\u200B")]
    [InlineData("qzjx")]
    public void Time_grows_with_length_whatever_the_text_is(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));
        _tokenizer.Encode(text[..1000]);
        var before = Process.GetCurrentProcess().TotalProcessorTime; // Others may be at work on the machine.
        var ids = _tokenizer.Encode(text, special: true);
        var taken = Process.GetCurrentProcess().TotalProcessorTime - before;
        output.WriteLine($"{taken.TotalMilliseconds:F0} ms for {ids.Length} tokens");
        Assert.True(taken.TotalSeconds < 15, $"{taken.TotalSeconds} s");
        Assert.Equal(text, _tokenizer.Decode(ids));
    }

    private List<string> Streamed(int[] ids)
    {
        var stream = new TextStream(_tokenizer);
        return [.. ids.Select(stream.Add), stream.End()];
    }

    // Part i is piece[starts[i]..starts[i + 1]]; every join looks at all neighbors, and the lowest id wins, leftmost
    // first.
    private static List<int> Plainly(byte[] piece, O200kVocabulary vocabulary)
    {
        List<int> starts = [.. Enumerable.Range(0, piece.Length + 1)];
        List<int> pairs = [.. Enumerable.Range(0, piece.Length - 1).Select(Joined)];
        while (pairs.Count > 0 && pairs.Min() is var best and not O200kVocabulary.None)
        {
            var at = pairs.IndexOf(best);
            starts.RemoveAt(at + 1);
            pairs.RemoveAt(at);
            for (var i = Math.Max(at - 1, 0); i <= at && i < pairs.Count; i++)
            {
                pairs[i] = Joined(i);
            }
        }

        return [.. starts.Zip(starts.Skip(1), (start, end) => vocabulary.Find(piece.AsSpan(start..end)))];

        int Joined(int i) => vocabulary.Find(piece.AsSpan(starts[i]..starts[i + 2]));
    }

    private static void AssertIds(JsonElement record, int[] expected, int[] found) =>
        Assert.True(expected.AsSpan().SequenceEqual(found), $"{record}: found [{string.Join(", ", found)}]");

    private static List<JsonElement> Cases(string path) => Fixtures.Lines(path);
}
