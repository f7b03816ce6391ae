// The core of multi-scale deformable attention: each head of each query takes a weighted sum of the values at
// 12 places, 4 on each of 3 levels, read between cells bilinearly, with 0 beyond the level's edge.
//
// X. Zhu et al., "Deformable DETR", arXiv:2010.04159. The same as grid_sample (bilinear, zeros,
// align_corners=False) on each level, without ever storing what was sampled. Built by native.py; no headers of
// torch, so that it builds in a second.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace {
constexpr int heads = 8, levels = 3, points = 4, channels = 32, places = levels * points;

void softmax(const float* logits, float* weights) {
    const float largest = *std::max_element(logits, logits + places);
    float total = 0;
    for (int place = 0; place < places; ++place) total += weights[place] = std::exp(logits[place] - largest);
    for (int place = 0; place < places; ++place) weights[place] /= total;
}
}  // namespace

// values  (N, heads, channels): all levels' cells, one level after the other
// centres (N, 2): x and y of a query's own cell as a share of the picture
// offsets (N, heads, levels, points, 2), rows `offsets_row` floats apart: x and y in cells of the level
// logits  (N, heads, levels, points), rows `logits_row` floats apart: a softmax over a head's 12 makes its weights
// shapes  (levels, 2): height and width
// out     (N, heads, channels), written for the queries from `first` to before `last`
extern "C" void deformable_sampling(const float* values, const float* centres, const float* offsets,
                                    const float* logits, int64_t offsets_row, int64_t logits_row,
                                    const int64_t* shapes, float* out, int64_t first, int64_t last) {
    for (int64_t query = first; query < last; ++query) {
        for (int head = 0; head < heads; ++head) {
            float weights[places];
            softmax(logits + query * logits_row + head * places, weights);
            float sum[channels] = {};
            const float* offset = offsets + query * offsets_row + head * places * 2;
            const float* weight = weights;
            const float* level_values = values + head * channels;
            for (int level = 0; level < levels; ++level) {
                const int64_t height = shapes[2 * level], width = shapes[2 * level + 1];
                const float across = centres[2 * query] * width - 0.5f, down = centres[2 * query + 1] * height - 0.5f;
                for (int point = 0; point < points; ++point, offset += 2, ++weight) {
                    const float x = across + offset[0], y = down + offset[1];
                    // Also false for NaN and for places whose four cells are all outside.
                    if (!(x > -1 && y > -1 && x < width && y < height)) continue;
                    const float left = std::floor(x), top = std::floor(y);
                    const float right_share = x - left, lower_share = y - top;
                    for (int row = 0; row < 2; ++row) {
                        const int64_t v = int64_t(top) + row;
                        if (v < 0 || v >= height) continue;
                        const float row_weight = *weight * (row ? lower_share : 1 - lower_share);
                        for (int column = 0; column < 2; ++column) {
                            const int64_t u = int64_t(left) + column;
                            if (u < 0 || u >= width) continue;
                            const float share = row_weight * (column ? right_share : 1 - right_share);
                            const float* cell = level_values + (v * width + u) * heads * channels;
                            for (int channel = 0; channel < channels; ++channel) sum[channel] += share * cell[channel];
                        }
                    }
                }
                level_values += height * width * heads * channels;
            }
            float* result = out + (query * heads + head) * channels;
            for (int channel = 0; channel < channels; ++channel) result[channel] = sum[channel];
        }
    }
}
