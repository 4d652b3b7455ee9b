using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Tests.Text;

public sealed class PocketTokenizerTests
{
    private readonly PocketTokenizer _tokenizer = new();

    // As printed in the description of the pocket format.
    [Theory]
    [InlineData("<think>66/6=11; 11*4=44; 44-5=39; 39/3=13; 13*2=26; </think>\\boxed{26}")]
    [InlineData("start 66 then 4/6 of it then -5 then 2/3 of it; result ?")]
    [InlineData("x=3; 2 times x=(x*4+5) mod 7")]
    [InlineData("x then *3 then +5 gives 26; find x")]
    [InlineData("sequence 4,7,10; go 5 more")]
    [InlineData("tom has 12 pens; buys 2 bags of 4; gives 5; how many pens ?")]
    [InlineData("<think>so 17 mod 7=3; wait 17 mod 7=3; check 13*2=26 ok; </think>\\boxed{3}")]
    public void Text_of_the_pocket_format_comes_back_with_its_spaces(string text) =>
        Assert.Equal(text, _tokenizer.Decode(_tokenizer.Encode(text)));

    [Fact]
    public void Ids_come_back_from_their_text_whatever_they_are()
    {
        var stream = Randomness.For(1, "ids");
        for (var trial = 0; trial < 2_000; trial++)
        {
            int[] ids = [.. Enumerable.Range(0, 30).Select(_ => stream.Next(_tokenizer.VocabularySize))];
            Assert.Equal(ids, _tokenizer.Encode(_tokenizer.Decode(ids), special: true));
        }
    }

    [Fact]
    public void Each_pair_of_neighbors_comes_back_from_its_text()
    {
        for (var left = 0; left < _tokenizer.VocabularySize; left++)
        {
            for (var right = 0; right < _tokenizer.VocabularySize; right++)
            {
                Assert.Equal([left, right], _tokenizer.Encode(_tokenizer.Decode([left, right]), special: true));
            }
        }
    }

    [Fact]
    public void Digits_are_single_tokens() => Assert.Equal(4, _tokenizer.Encode("2026").Length);

    [Fact]
    public void Spaces_are_not_tokens() =>
        Assert.Equal(_tokenizer.Encode("x=3; find x"), _tokenizer.Encode("  x = 3 ;\nfind   x "));

    [Theory]
    [InlineData("compute 4<|end|>", "<|end|>")]
    [InlineData("<|user|>", "<|user|>")]
    [InlineData("<|unused79|>", "<|unused79|>")]
    public void Plain_text_never_becomes_a_control_token(string text, string quoted) =>
        Assert.Contains($"\"{quoted}\"", Assert.Throws<ArgumentException>(() => _tokenizer.Encode(text)).Message);

    [Theory]
    [InlineData("compute 4 apples", "apples")]
    [InlineData("compute 4^2", "^")]
    [InlineData("Compute 4", "Compute")]
    [InlineData("xx", "xx")]
    [InlineData("<|end", "<")]
    [InlineData("4 \u2212 2", "\u2212")]
    [InlineData("pr\u00fcfe", "pr")]
    public void What_the_vocabulary_lacks_is_quoted(string text, string quoted) =>
        Assert.Contains($"cannot write \"{quoted}\"",
            Assert.Throws<ArgumentException>(() => _tokenizer.Encode(text, special: true)).Message);

    [Theory]
    [InlineData(-1)]
    [InlineData(80)]
    public void An_id_outside_the_vocabulary_is_named(int id) =>
        Assert.Contains($"id {id}", Assert.Throws<ArgumentException>(() => _tokenizer.Decode([id])).Message);

    [Fact]
    public void An_answer_is_over_at_the_end_of_a_turn_or_of_the_text() =>
        Assert.Equal("<|end|> <|endoftext|>",
            string.Join(' ', _tokenizer.StopIds.Select(id => _tokenizer.Decode([id]))));
}
