{{ indicator_mart('TT-05', headline='reported') }}
