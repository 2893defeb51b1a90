#include "libtrack/ledger/reader_parts.hpp"

namespace track::ledger {
namespace {

constexpr std::uint64_t row_count_mask = (std::uint64_t{1} << row_count_bits) - 1;

// Where the counters of one stripe begin, and how many there are.
struct stripe_span {
  std::size_t first = 0;
  std::size_t count = 0;
};

stripe_span part_of(const slot_view& view, region_kind kind, std::uint32_t stripe,
                    std::uint32_t stripes) {
  const std::size_t count = view.capacity(kind) / stripes;
  return {stripe * count, count};
}

// The counters of `site` in one stripe, zero where there are none: memory that the writer never
// touched is not touched here either.
template <typename Record>
Record counts_of(const slot_view& view, region_kind kind, std::uint32_t stripe,
                 std::uint32_t stripes, std::size_t site) {
  const stripe_span part = part_of(view, kind, stripe, stripes);
  return site < part.count ? view.record<Record>(kind, part.first + site) : Record{};
}

wide_counts row_counts(const site_row& row) {
  return {row.made & row_count_mask, row.made >> row_count_bits, row.gone & row_count_mask,
          row.gone >> row_count_bits};
}

// What a line says of one of its sites.
wide_counts counts_in(const slot_view& view, const site_line& line, std::uint32_t stripe,
                      std::uint32_t stripes, std::size_t site) {
  wide_counts sum = row_counts(line.rows[site % sites_per_line]);
  if ((line.tags[site % sites_per_line] & tag_wide) != 0) {
    const auto wide = counts_of<wide_counts>(view, region_kind::wide, stripe, stripes, site);
    sum.allocations += wide.allocations;
    sum.bytes_allocated += wide.bytes_allocated;
    sum.frees += wide.frees;
    sum.bytes_freed += wide.bytes_freed;
  }
  return sum;
}

// Site: a site_image or site_counts.
template <typename Site>
void add_counts(const wide_counts& sum, Site& site) {
  site.allocations += sum.allocations;
  site.bytes_allocated += sum.bytes_allocated;
  site.frees += sum.frees;
  site.bytes_freed += sum.bytes_freed;
}

// Of those in use, as many as may be read.
std::size_t sites_in(const slot_view& view, std::uint32_t stripes) {
  const std::size_t room = view.capacity(region_kind::rows) / stripes * sites_per_line;
  const auto used = view.header_word<std::uint64_t>(offsetof(slot_header, sites_used));
  return static_cast<std::size_t>(
      std::min<std::uint64_t>({used, room, std::uint64_t{site_word_id_mask} + 1}));
}

class site_reader {
 public:
  site_reader(const slot_view& view, std::uint32_t stripes, std::uint32_t epoch)
      : view_(view), stripes_(stripes), epoch_(epoch) {}

  site_image read(std::size_t index) const {
    site_image site;
    for (std::uint32_t stripe = 0; stripe < stripes_; ++stripe) {
      add_stripe(stripe, index, site);
    }
    const std::uint64_t later = site.lifetimes[1] + site.lifetimes[2] + site.lifetimes[3];
    site.lifetimes[0] = site.frees > later ? site.frees - later : 0;
    return site;
  }

 private:
  void add_stripe(std::uint32_t stripe, std::size_t index, site_image& site) const {
    const stripe_span lines = part_of(view_, region_kind::rows, stripe, stripes_);
    if (index / sites_per_line >= lines.count) {
      return;
    }
    const auto line =
        view_.record<site_line>(region_kind::rows, lines.first + index / sites_per_line);
    const wide_counts sum = counts_in(view_, line, stripe, stripes_, index);
    add_counts(sum, site);
    add_peak(stripe, index, line.tags[index % sites_per_line], sum, site);
    if (sum.frees != 0) {
      add_ages(stripe, index, site);
    }
  }

  void add_peak(std::uint32_t stripe, std::size_t index, std::uint32_t tag, const wide_counts& sum,
                site_image& site) const {
    saved_counts part{static_cast<std::int64_t>(sum.bytes_allocated - sum.bytes_freed),
                      static_cast<std::int64_t>(sum.allocations - sum.frees)};
    if (epoch_ != 0 && (tag & tag_epoch_mask) == epoch_) {
      part = (tag & tag_saved) == 0
                 ? saved_counts{}
                 : counts_of<saved_counts>(view_, region_kind::saved, stripe, stripes_, index);
    }
    site.peak_bytes = wrapping_add(site.peak_bytes, part.bytes);
    site.peak_blocks = wrapping_add(site.peak_blocks, part.blocks);
  }

  void add_ages(std::uint32_t stripe, std::size_t index, site_image& site) const {
    const auto ages = counts_of<age_counts>(view_, region_kind::ages, stripe, stripes_, index);
    site.temporary += ages.temporary;
    for (std::size_t i = 0; i < 3; ++i) {
      site.lifetimes[i + 1] += ages.lifetimes[i];
    }
  }

  const slot_view& view_;
  std::uint32_t stripes_;
  std::uint32_t epoch_;
};

std::uint32_t epoch_of(const slot_view& view) {
  return view.header_word<std::uint32_t>(offsetof(slot_header, epoch)) & tag_epoch_mask;
}

void read_survivors(const slot_view& view, process_image& image) {
  const std::size_t count = view.count(region_kind::survivors, image.sites.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto record = view.record<survivor_record>(region_kind::survivors, i);
    if (record.blocks != 0) {
      image.sites[i].survivors = record;
    }
  }
}

}  // namespace

void read_sites(const slot_view& view, process_image& image) {
  const std::uint32_t stripes = stripes_of(view.header());
  // A new epoch in mid-read mixes two peaks; reading again is cheap and nearly always enough.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::uint32_t epoch = epoch_of(view);
    const std::size_t count = sites_in(view, stripes);
    const site_reader reader(view, stripes, epoch);
    image.sites.clear();
    image.sites.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      image.sites.push_back(reader.read(i));
    }
    if (epoch_of(view) == epoch) {
      break;
    }
  }
  if (image.sites.empty()) {
    image.sites.emplace_back();
  }
  if (image.survivors_valid) {
    read_survivors(view, image);
  }
}

bool read_site_counts(std::span<const std::byte> slot, std::vector<site_counts>& counts) {
  const auto opened = slot_view::open(slot);
  const auto* view = std::get_if<slot_view>(&opened);
  if (view == nullptr) {
    return false;
  }
  const std::uint32_t stripes = stripes_of(view->header());
  counts.assign(sites_in(*view, stripes), {});
  for (std::uint32_t stripe = 0; stripe < stripes; ++stripe) {
    const stripe_span lines = part_of(*view, region_kind::rows, stripe, stripes);
    for (std::size_t first = 0; first < counts.size(); first += sites_per_line) {
      const auto line =
          view->record<site_line>(region_kind::rows, lines.first + first / sites_per_line);
      const std::size_t end = std::min(first + sites_per_line, counts.size());
      for (std::size_t site = first; site < end; ++site) {
        add_counts(counts_in(*view, line, stripe, stripes, site), counts[site]);
      }
    }
  }
  return true;
}

}  // namespace track::ledger
