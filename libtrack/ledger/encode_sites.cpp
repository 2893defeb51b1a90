#include "libtrack/ledger/encode_parts.hpp"

namespace track::ledger {
namespace {

// The element at `index`, made together with all before it.
template <typename Record>
Record& at_index(std::vector<Record>& records, std::size_t index) {
  if (records.size() <= index) {
    records.resize(index + 1);
  }
  return records[index];
}

// Half of what the row's bits hold: see the writer, which goes on in wide counts from there.
bool fits_row(std::uint64_t count, std::uint64_t bytes) {
  return count >> (row_count_bits - 1) == 0 && bytes >> (63 - row_count_bits) == 0;
}

void encode_site(const site_image& site, std::size_t index, encoded_sites& sites) {
  site_line& line = sites.lines[index / sites_per_line];
  std::uint32_t& tag = line.tags[index % sites_per_line];
  tag = 1;
  if (fits_row(site.allocations, site.bytes_allocated) && fits_row(site.frees, site.bytes_freed)) {
    line.rows[index % sites_per_line] = {site.bytes_allocated << row_count_bits | site.allocations,
                                         site.bytes_freed << row_count_bits | site.frees};
  } else {
    tag |= tag_wide;
    at_index(sites.wide, index) = {site.allocations, site.bytes_allocated, site.frees,
                                   site.bytes_freed};
  }
  if (site.peak_bytes != 0 || site.peak_blocks != 0) {
    tag |= tag_saved;
    at_index(sites.saved, index) = {site.peak_bytes, site.peak_blocks};
  }
  age_counts ages{saturate<std::uint32_t>(site.temporary), {}};
  std::uint32_t any = ages.temporary;
  for (std::size_t i = 0; i < 3; ++i) {
    ages.lifetimes[i] = saturate<std::uint32_t>(site.lifetimes[i + 1]);
    any |= ages.lifetimes[i];
  }
  if (any != 0) {
    at_index(sites.ages, index) = ages;
  }
}

}  // namespace

encoded_sites encode_sites(const std::vector<site_image>& sites) {
  encoded_sites encoded;
  encoded.lines.resize((sites.size() + sites_per_line - 1) / sites_per_line);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    encode_site(sites[i], i, encoded);
  }
  return encoded;
}

}  // namespace track::ledger
